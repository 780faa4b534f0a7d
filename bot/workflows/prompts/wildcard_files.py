"""The files of WILDCARDS_DIR: `animals/cats.txt` is the wildcard `__animals/cats__`, each line a thing to draw.

Lines may hold weights (`0.7::red`), choices and other wildcards; empty ones and those that begin with `#` are skipped.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.prompts.draws import Lines
from bot.workflows.prompts.template import WEIGHT

_MOST_BYTES: Final = 2**20
"""Of one file."""
_MOST_FILES: Final = 1000
_MOST_BYTES_TOGETHER: Final = 32 * 2**20
"""All of them are in memory."""

_NO_FILE: Final = -1
"""The size of what is not a file."""

_Stamp: TypeAlias = tuple[int, int]
"""Time and size of a file."""


@dataclass(frozen=True, slots=True)
class _Read:
    stamp: _Stamp
    lines: Lines


class WildcardFolder:
    """The wildcards as they are on disk. A file is read again when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: Mapping[Path, _Read] = {}

    def lists(self) -> Mapping[str, Lines]:
        """Every wildcard by its name in lower case. Touches the disk: run it in a thread.

        Names are only looked up here, so that no name leads out of the folder. A missing folder has none.
        """
        known, read, lists = self._read, dict[Path, _Read](), dict[str, Lines]()
        room = _MOST_BYTES_TOGETHER
        for path, stamp in itertools.islice(self._files(), _MOST_FILES):
            room -= stamp[1]
            before = known.get(path)
            if before is None or before.stamp != stamp:
                before = _Read(stamp, _lines_of(path, stamp[1], room))
            read[path] = before
            lists.setdefault(path.relative_to(self._folder).with_suffix("").as_posix().casefold(), before.lines)
        self._read = read
        return lists

    def faults(self) -> list[str]:
        """A sentence for each file that cannot be used. Touches the disk."""
        lists = self.lists()
        found = [f"{name}.txt: {lines.fault}" for name, lines in lists.items() if lines.fault is not None]
        if len(lists) == _MOST_FILES:
            found.append(f"only the first {_MOST_FILES} files are used")
        return found

    def _files(self) -> Iterator[tuple[Path, _Stamp]]:
        """The text files in the folder and below, sorted, with their stamps."""
        for folder, below, names in os.walk(self._folder):
            below.sort()
            for name in sorted(names):
                path = Path(folder, name)
                if path.suffix.casefold() != ".txt":
                    continue
                try:
                    found = path.stat()
                except OSError:
                    yield path, (0, 0)
                else:
                    # A pipe would be read for ever.
                    regular = stat.S_ISREG(found.st_mode)
                    yield path, (found.st_mtime_ns, found.st_size if regular else _NO_FILE)


def _lines_of(path: Path, size: int, room: int) -> Lines:
    if size == _NO_FILE:
        return Lines(fault="it is not a file")
    if size > _MOST_BYTES:
        return Lines(fault=f"it is larger than {_MOST_BYTES // 2**20} MB")
    if room < 0:
        return Lines(fault=f"all files together are larger than {_MOST_BYTES_TOGETHER // 2**20} MB")
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content[:_MOST_BYTES].decode("utf-8-sig")
    except OSError as fault:
        return Lines(fault=f"it cannot be read: {os.strerror(fault.errno) if fault.errno else fault}")
    except UnicodeDecodeError:
        return Lines(fault="it is not UTF-8 text")
    return read_lines(text)


def read_lines(text: str) -> Lines:
    """The lines of a wildcard file's text with their weights."""
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    if any(len(line) > MAX_TEXT for line in kept):
        return Lines(fault=f"it has a line of more than {MAX_TEXT:,} characters")
    if not kept:
        return Lines(fault="it has no lines")
    weights = [WEIGHT.match(line) for line in kept]
    return Lines(
        tuple(line[weight.end() :] if weight else line for line, weight in zip(kept, weights, strict=True)),
        tuple(itertools.accumulate(float(weight[1]) if weight else 1.0 for weight in weights)),
    )
