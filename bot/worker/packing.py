"""A run's files as Discord takes them: untouched wherever they fit, one message for all."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from bot import pictures
from bot.messages import Attachment, notes
from bot.worker.collecting import Collected
from bot.workflows import kind_of, names_for

MOST_FILES: Final = 10
"""Discord's attachments a message."""
_REQUEST_BYTES: Final = 24 * 2**20
"""Discord takes 25 MiB a request; some of it is not files."""
_ZIP_ENTRY_BYTES: Final = 400
"""What a zip needs for a file beside its bytes: its name (of ours, short) twice, and the headers."""
_ZIP_NAME: Final = "more.zip"


@dataclass(frozen=True, slots=True)
class _Made:
    """One file before it is known whether it fits."""

    name: str
    content: bytes | None
    size: int
    caption: str | None = None


@dataclass(slots=True)
class _Parcel:
    """What goes into one request: at most `limit` bytes a file, `room` bytes are left for all."""

    limit: int
    room: int = _REQUEST_BYTES
    files: dict[int, Attachment] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, place: int, made: _Made, content: bytes) -> None:
        self.files[place] = Attachment(made.name, content, made.caption)
        self.room -= len(content)

    def note(self, note: str) -> None:
        self.notes[note] = None


async def attachments(
    collected: Sequence[Collected], limit: int, texts: Sequence[str] = ()
) -> tuple[list[Attachment], list[str]]:
    """The files of one message, and notes on what had to be changed or left out.

    `limit` is in bytes a file; all of them together fit one request as well. `texts` become text files. Where there
    are more than a message carries, the last attachment is a zip of the rest.
    """
    return await asyncio.to_thread(_packed, collected, limit, texts)


def _packed(collected: Sequence[Collected], limit: int, texts: Sequence[str]) -> tuple[list[Attachment], list[str]]:
    made = [
        _Made(name, one.content, one.size, one.picked.caption)
        for name, one in zip(names_for([one.picked for one in collected]), collected, strict=True)
    ]
    for number, text in enumerate(texts, start=len(made) + 1):
        content = text.encode("utf-8", "replace")
        made.append(_Made(f"text-{number}.txt", content, len(content)))
    single, rest = (made, []) if len(made) <= MOST_FILES else (made[: MOST_FILES - 1], made[MOST_FILES - 1 :])
    sizes = [one.size for one in single] + ([sum(one.size for one in rest)] if rest else [])
    share = fair_share([min(size, limit) for size in sizes], _REQUEST_BYTES)
    parcel = _Parcel(limit)
    _add_single(parcel, single, min(limit, share), reserved=min(sizes[-1], share) if rest else 0)
    if rest:
        _add_zip(parcel, rest)
    return [parcel.files[place] for place in sorted(parcel.files)], list(parcel.notes)


def fair_share(sizes: Sequence[int], total: int) -> int:
    """The largest size to which all would have to shrink so that together they have at most `total`."""
    left = total
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return total


def _add_single(parcel: _Parcel, single: Sequence[_Made], share: int, reserved: int) -> None:
    whole: list[tuple[int, _Made]] = []
    for place, made in enumerate(single):
        fitted = pictures.fit(made.content, share) if made.content is not None else None
        if fitted is None:
            whole.append((place, made))
            continue
        if fitted.changed is not None:
            parcel.note(notes.LOSSLESS if fitted.changed == "lossless" else notes.SMALLER)
        name = PurePosixPath(made.name)
        changed = replace(made, name=str(name.with_suffix(fitted.suffix or name.suffix)))
        parcel.add(place, changed, fitted.content)
    # What is no picture goes as it is or not at all: it may have more than its share if the others need less.
    for place, made in whole:
        if made.content is not None and made.size <= min(parcel.limit, parcel.room - reserved):
            parcel.add(place, made, made.content)
        else:
            parcel.note(notes.too_large(kind_of(made.name), made.size))


def _add_zip(parcel: _Parcel, rest: Sequence[_Made]) -> None:
    room = min(parcel.limit, parcel.room) - _ZIP_ENTRY_BYTES
    buffer = io.BytesIO()
    left: list[_Made] = []
    # Stored: pictures and videos are packed already, and what lies in the zip is byte for byte what was made.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for made in rest:
            if made.content is None or made.size + _ZIP_ENTRY_BYTES > room:
                left.append(made)
                continue
            archive.writestr(made.name, made.content)
            room -= made.size + _ZIP_ENTRY_BYTES
    if len(left) < len(rest):
        parcel.add(MOST_FILES, _Made(_ZIP_NAME, None, 0), buffer.getvalue())
        parcel.note(notes.zipped(len(rest) - len(left)))
    if left:
        parcel.note(notes.too_many(len(left), sum(made.size for made in left)))
