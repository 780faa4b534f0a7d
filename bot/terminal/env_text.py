"""The text of a `.env`, with some of its settings changed and every other line as it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[\w.:/@+,=-]*", re.ASCII)


def with_settings(text: str, values: Mapping[str, str]) -> str:
    """The text in which python-dotenv finds these values: each in the place of its setting, also of one that is
    commented out, or at the end.
    """
    lines = text.splitlines()
    for name, value in values.items():
        line = f"{name}={_quoted(value)}"
        found = _find(lines, name)
        if found is None:
            lines.append(line)
        else:
            lines[found] = line
    return "\n".join(lines) + "\n"


def _find(lines: list[str], name: str) -> int | None:
    """The last line that sets it, since that is what counts; else the first that would without its comment sign."""
    sets = [number for number, line in enumerate(lines) if re.match(rf"\s*(export\s+)?{name}\s*=", line)]
    if sets:
        return sets[-1]
    return next((number for number, line in enumerate(lines) if re.match(rf"#\s*{name}\s*=", line)), None)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    # Between single quotes nothing is expanded.
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
