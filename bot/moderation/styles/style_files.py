"""The files in which Stable Diffusion programs keep styles: `styles.csv` of A1111 and its relatives, and JSON. Pure.

A1111 writes the columns name, prompt and negative_prompt with Python's `csv` (modules/styles.py). Spreadsheets save the
same with other separators, people edit it by hand, and collections put headings between the styles.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.errors import StylesUnreadable
from bot.ledger import style_key
from bot.moderation.styles.style_fields import cleaned, name_fault
from bot.translation import _, in_quotes, shown_number
from bot.workflows.styles.style import LONGEST_NAME, LONGEST_TEXT, Style

MOST_BYTES: Final = 2 * 2**20
"""Of a file: some thousand styles."""
MOST_ROWS: Final = 5000
"""Of a file."""
_NAMES: Final = ("name", "style", "title")
_PROMPTS: Final = ("prompt", "positive_prompt", "positive", "text")
_NEGATIVES: Final = ("negative_prompt", "negative", "neg_prompt")
_SEPARATORS: Final = ",;\t|"
_END: Final = "\ue000\ue001\ue000"
"""A row of our own after the last one: a cell whose quote is never closed swallows it. From Unicode's private area."""
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""Characters that an image or an archive is full of, read as text."""
_HEADING: Final = re.compile(r"\W+|[\W_]{2,}.*[\W_]{2,}|[-=#_*~]{2,}.*")
"""`---- Photo ----`, `=== Anime`, `#####`: a heading among the names."""


@dataclass(slots=True)
class StyleFile:
    """What a file has: styles by name, and a line of plain text for each row that isn't one."""

    styles: dict[str, Style] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    """`place` says where it is in the file, in words."""

    place: str
    name: str
    prompt: str
    negative: str
    fault: str | None = None


def read_style_file(content: bytes) -> StyleFile:
    """The styles in a file of at most `MOST_BYTES`. Takes CPU time. Raises `StylesUnreadable`."""
    text = _decoded(content)
    rows = _json_rows(text) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text)
    found = StyleFile()
    places: dict[str, tuple[str, str]] = {}
    for row in rows:
        name = " ".join(cleaned(row.name).split())
        if (fault := row.fault or _fault(name, row)) is not None:
            called = f" {in_quotes(_short(name))}" if name else ""
            found.skipped.append(_("{place}: {fault}").format(place=f"{row.place}{called}", fault=fault))
            continue
        if (earlier := places.get(style_key(name))) is not None:
            # The last one counts, as in the programs that read such a file.
            place, old_name = earlier
            again = _("{name} appears again in {place}, which is used instead")
            found.skipped.append(
                _("{place}: {fault}").format(
                    place=place, fault=again.format(name=in_quotes(_short(old_name)), place=row.place)
                )
            )
            del found.styles[old_name]
        places[style_key(name)] = row.place, name
        found.styles[name] = Style(name, cleaned(row.prompt), cleaned(row.negative))
    if not found.styles and not found.skipped:
        raise StylesUnreadable("empty")
    return found


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _fault(name: str, row: _Row) -> str | None:
    """Why a row is no style; None if it is one."""
    empty = not row.prompt.strip() and not row.negative.strip()
    if not name:
        return _("the row is empty") if empty else _("the style has no name")
    if empty:
        return _("a heading, not a style") if _HEADING.fullmatch(name) else _("the style has no text")
    if (fault := name_fault(name)) is not None:
        return fault
    if max(len(row.prompt), len(row.negative)) > LONGEST_TEXT:
        return _("the text is longer than {most} characters").format(most=shown_number(LONGEST_TEXT))
    return None


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise StylesUnreadable("too_large", MOST_BYTES)
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_NO_TEXT.findall(text)) > len(text) // 100:
            break
        return text.replace("\0", "")
    raise StylesUnreadable("not_text")


def _csv_rows(text: str) -> Iterator[_Row]:
    separator, text = _separator(text)
    # Cells may hold line breaks, so Python's reader gets them as they are. It refuses cells of more characters than
    # this, and a file has no more.
    csv.field_size_limit(MOST_BYTES)
    lines = csv.reader(io.StringIO(f"{text}\n{_END}\n", newline=""), delimiter=separator, skipinitialspace=True)
    columns: tuple[int, int, int] | None = None
    width = 3
    last: tuple[int, list[str]] | None = None
    closed = False
    for number, cells in enumerate(lines, 1):
        if number > MOST_ROWS:
            raise StylesUnreadable("too_many", MOST_ROWS)
        if cells == [_END]:
            closed = True
            break
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            header = _header(cells)
            columns, width = header or (0, 1, 2), len(cells) if header else 3
            if header is not None:
                continue
        if last is not None:
            yield _row(*last, columns, width)
        last = number, cells
    if last is not None and columns is not None:
        row = _row(*last, columns, width)
        if closed:
            yield row
        else:
            open_quote = _("a quote opens in this row and never closes, so nothing after it can be read")
            yield _Row(row.place, row.name, "", "", open_quote)


def _row(number: int, cells: Sequence[str], columns: tuple[int, int, int], width: int) -> _Row:
    place = _("row {number}").format(number=number)
    name, prompt, negative = (cells[index] if 0 <= index < len(cells) else "" for index in columns)
    if any(cell.strip() for cell in cells[width:]):
        too_many = _("it has more columns than the first row: put texts with separators in quotes")
        return _Row(place, name, prompt, negative, too_many)
    return _Row(place, name, prompt, negative)


def _header(cells: Sequence[str]) -> tuple[int, int, int] | None:
    """The columns of name, prompt and negative (-1: there is none), if this row names them."""
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]

    def place(words: Iterable[str]) -> int:
        return next((names.index(word) for word in words if word in names), -1)

    found = place(_NAMES), place(_PROMPTS), place(_NEGATIVES)
    return found if found[0] >= 0 and max(found[1:]) >= 0 else None


def _separator(text: str) -> tuple[str, str]:
    """What separates the cells, and the text without the line with which Excel says so."""
    if (told := re.match(r"\s*\"?sep=(.)\"?\r?\n", text, re.IGNORECASE)) is not None:
        return told[1], text[told.end() :]
    first = next((line for line in text.splitlines() if line.strip()), "")
    for separator in _SEPARATORS:
        if _header(next(csv.reader([first], delimiter=separator), [])) is not None:
            return separator, text
    return ",", text


def _json_rows(text: str) -> Iterator[_Row]:
    """From a list of objects, from an object of them by name, or from a single one."""
    try:
        raw = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        raise StylesUnreadable("not_json") from None
    if isinstance(raw, dict) and isinstance(raw.get("styles"), list | dict):
        raw = raw["styles"]
    if isinstance(raw, dict) and any(isinstance(raw.get(key), str) for key in _NAMES):
        raw = [raw]
    pairs = raw.items() if isinstance(raw, dict) else (("", one) for one in raw)
    for number, (name, one) in enumerate(pairs, 1):
        place = _("entry {number}").format(number=number)
        if number > MOST_ROWS:
            raise StylesUnreadable("too_many", MOST_ROWS)
        if isinstance(one, str) and name:
            yield _Row(place, name, one, "")
        elif isinstance(one, dict):
            yield _Row(place, _text(one, _NAMES) or name, _text(one, _PROMPTS), _text(one, _NEGATIVES))
        else:
            yield _Row(place, name, "", "", _("it isn’t a style"))


def _text(one: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((value for key in keys if isinstance(value := one.get(key), str)), "")
