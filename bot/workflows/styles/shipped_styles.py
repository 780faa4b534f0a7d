"""The styles that all guilds share: `styles.toml` beside the workflows. Touches the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.errors import PackError
from bot.errors.readable_faults import told
from bot.workflows.manifests.bounded_toml import read_toml
from bot.workflows.manifests.toml_table import Table
from bot.workflows.styles.style import (
    LONGEST_NAME,
    LONGEST_SETTING,
    LONGEST_TEXT,
    MOST_GUIDANCE,
    MOST_STEPS,
    SETTINGS,
    TEXT_SETTINGS,
    Style,
    is_setting_number,
    read_style,
)

FILE: Final = "styles.toml"
_MOST_BYTES: Final = 512 * 1024
"""Some thousand styles. Every change of a workflow reads them again."""
_KEYS: Final = frozenset({"prompt", "negative", *SETTINGS})


def load_styles(folder: Path) -> tuple[dict[str, Style], tuple[PackError, ...]]:
    """The styles in the folder's `styles.toml`, by name, and what is wrong with the others. No file: none of both."""
    path = folder / FILE
    if not path.is_file() or path.with_suffix(".json").exists():  # else it is the manifest of a workflow
        return {}, ()
    try:
        if path.stat().st_size > _MOST_BYTES:
            return _unusable(f"{FILE} is too large: at most {_MOST_BYTES // 1024} KB are allowed")
        raw = read_toml(path.read_bytes(), _MOST_BYTES)
    except OSError as fault:
        return _unusable(f"{FILE} cannot be read ({fault.strerror})")
    except ValueError as fault:
        return _unusable(f"{FILE} isn’t valid TOML ({fault})")
    return read_styles(raw)


def read_styles(raw: Mapping[str, object]) -> tuple[dict[str, Style], tuple[PackError, ...]]:
    """The styles of a parsed `styles.toml`, by name: each is a table of the style's name. Pure."""
    styles: dict[str, Style] = {}
    faults: list[str] = []
    named: dict[str, str] = {}
    for name, content in raw.items():
        table = Table(f"{FILE} [{name}]", content if isinstance(content, dict) else {}, [])
        if not isinstance(content, dict):
            table.fault("it should be a table with the keys of a style")
        style = _read(name, table)
        if (same := named.setdefault(name.casefold(), name)) != name:
            table.fault(f"[{same}] has the same name")
        if table.faults:
            faults += table.faults
        else:
            styles[name] = style
    return styles, (PackError("styles", told(faults)),) if faults else ()


def _read(name: str, table: Table) -> Style:
    table.refuse_unknown(_KEYS)
    if not name.strip() or name != " ".join(name.split()) or not name.isprintable() or len(name) > LONGEST_NAME:
        table.fault(f"a style’s name is one line of at most {LONGEST_NAME} characters")
    content: dict[str, object] = {}
    for key in ("prompt", "negative", *TEXT_SETTINGS):
        text, most = table.take(key, str, ""), LONGEST_SETTING if key in TEXT_SETTINGS else LONGEST_TEXT
        if len(text) > most:
            table.fault(f"{key} is too long: at most {most} characters are allowed")
        content |= {key: text} if text else {}
    for key, most_of_it in (("steps", MOST_STEPS), ("guidance", MOST_GUIDANCE)):
        number = table.number(key)
        if number is not None and not is_setting_number(key, number):
            table.fault(f"{key} should be a number up to {most_of_it}")
        content |= {key: number} if number is not None else {}
    if not content and not table.faults:
        table.fault("the style is empty: give it a prompt, a negative or a setting")
    return read_style(name, content)


def _unusable(fault: str) -> tuple[dict[str, Style], tuple[PackError, ...]]:
    return {}, (PackError("styles", (fault,)),)
