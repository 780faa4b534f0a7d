"""The texts for translators: those that the code marks, and what the manifests of the shipped workflows say about their
options. Titles and stages are names, and stay as they are.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Text = str | tuple[str, str]
"""A text, or its forms for one thing and for several."""

_ONE = {"_", "N_", "Fault"}
"""`Fault` is what the workflows say of themselves, which is translated where it is read."""
_OF_MANIFESTS = {"description", "label"}


def texts() -> dict[Text, set[str]]:
    """All texts, and the files that they are in."""
    found: dict[Text, set[str]] = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for text in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "workflows").glob("*.toml")):
        for text in _described(tomllib.loads(path.read_text(encoding="utf-8"))):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _marked(tree: ast.Module) -> Iterator[Text]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text))]) if name in _ONE:
                yield text
            case ast.Call(
                func=ast.Name(id="ngettext"), args=[ast.Constant(value=str(one)), ast.Constant(value=str(many)), _count]
            ):
                yield one, many


def _described(table: dict[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _described(value)
        elif name in _OF_MANIFESTS:
            yield value
