"""Packs a run's files for Discord: unchanged wherever they fit, all in one message."""

import asyncio
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from bot.conversions import Conversions, Copy
from bot.discord_limits import FILE_BYTES, FILES
from bot.messages import Attachment, Cause, Undeliverable
from bot.messages.rendering import notes
from bot.operating_system.open_files import as_files_allow
from bot.spool import Box, Content, Spooled, created, failed, size_of
from bot.translation import _
from bot.worker.files.downloads import Collected
from bot.workflows import kind_of, names_for

T = TypeVar("T")
PackedFor = Callable[[int], Awaitable[tuple[list[Attachment], list[str]]]]
"""Packs a run's files for an upload limit, in bytes per file."""

_ZIP_ENTRY_BYTES: Final = 400
"""What a zip needs for a file besides its content: the (short) name twice, and the headers."""
_ZIP_NAME: Final = "more.zip"
_USUAL_LIMIT: Final = 10 * 2**20
"""Discord's limit per file where nobody has paid for more."""
_MOST_TRIES: Final = 6
"""How often files are packed for one message. The last tries have 1/32 of the bytes or less."""
_NOTES: Final = {"lossless": notes.LOSSLESS, "smaller": notes.SMALLER, "shorter": notes.SHORTER}


@dataclass(frozen=True, slots=True)
class _File:
    """One file, before it is known whether it fits."""

    name: str
    content: Content | None
    size: int
    caption: str | None = None


@dataclass(slots=True)
class _Parcel:
    """The files of one request: at most `limit` bytes per file, with `room` bytes left for all."""

    limit: int
    room: int = FILE_BYTES
    files: dict[int, Attachment] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, place: int, made: _File, content: Content) -> None:
        self.files[place] = Attachment(made.name, content, made.caption)
        self.room -= size_of(content)

    def note(self, note: str) -> None:
        self.notes[note] = None


async def attachments(
    collected: Sequence[Collected], limit: int, box: Box, conversions: Conversions, texts: Sequence[str] = ()
) -> tuple[list[Attachment], list[str]]:
    """The files of one message, and notes about what had to be changed or omitted.

    `limit` is in bytes per file; all files together fit into one request as well. `texts` become text files. If there
    are more files than a message can carry, the last attachment is a zip of the rest. Raises `SpoolFailed`.
    """
    made = [
        _File(name, one.content, one.size, one.picked.caption)
        for name, one in zip(names_for([one.picked for one in collected]), collected, strict=True)
    ]
    for number, text in enumerate(texts, start=len(made) + 1):
        content = text.encode("utf-8", "replace")
        made.append(_File(f"text-{number}.txt", content, len(content)))
    single, rest = (made, []) if len(made) <= FILES else (made[: FILES - 1], made[FILES - 1 :])
    sizes = [one.size for one in single] + ([sum(one.size for one in rest)] if rest else [])
    share = fair_share([min(size, limit) for size in sizes], FILE_BYTES)
    parcel = _Parcel(limit)
    copies = await _copies(single, min(limit, share), box, conversions)
    _add_single(parcel, single, copies, reserved=min(sizes[-1], share) if rest else 0)
    if rest:
        await _add_zip(parcel, rest, box)
    return [parcel.files[place] for place in sorted(parcel.files)], list(parcel.notes)


async def sent_smaller(packed: PackedFor, limit: int, send: Callable[[list[Attachment], list[str]], Awaitable[T]]) -> T:
    """Call `send` with files packed for `limit`, then for smaller limits while Discord refuses them as too large,
    because its limit may have changed. Raises what `send` raises.
    """
    for tries_left in reversed(range(_MOST_TRIES)):
        files, notes = await packed(limit)
        try:
            return await send(files, notes)
        except Undeliverable as fault:
            if fault.cause is not Cause.TOO_LARGE or not files or not tries_left:
                raise
        limit = smaller_limit(limit, max(size_of(file.content) for file in files))
    raise AssertionError  # the last try returned or raised


def smaller_limit(limit: int, largest: int) -> int:
    """The limit to try after files packed for `limit` were refused. The largest of them has `largest` bytes."""
    return _USUAL_LIMIT if largest > _USUAL_LIMIT else max(1, min(limit, largest) // 2)


async def _copies(single: Sequence[_File], share: int, box: Box, conversions: Conversions) -> Sequence[Copy | None]:
    """Copies of at most `share` bytes each; None where that is impossible. Only larger files are converted."""

    async def copy(made: _File) -> Copy | None:
        return None if made.content is None else await conversions.fit(box, made.content, share)

    return await asyncio.gather(*map(copy, single))


def fair_share(sizes: Sequence[int], total: int) -> int:
    """The size to which larger files have to shrink so that all files together have at most `total` bytes."""
    left = total
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return total


def _add_single(parcel: _Parcel, single: Sequence[_File], copies: Sequence[Copy | None], reserved: int) -> None:
    whole: list[tuple[int, _File]] = []
    for place, (made, copy) in enumerate(zip(single, copies, strict=True)):
        if copy is None:
            whole.append((place, made))
            continue
        if copy.changed is not None:
            parcel.note(_(_NOTES[copy.changed]))
        name = PurePosixPath(made.name)
        changed = replace(made, name=str(name.with_suffix(copy.suffix or name.suffix)))
        parcel.add(place, changed, copy.content)
    # Files that are not images go unchanged or not at all. They may exceed their share if the others need less.
    for place, made in whole:
        if made.content is not None and made.size <= min(parcel.limit, parcel.room - reserved):
            parcel.add(place, made, made.content)
        else:
            parcel.note(notes.too_large(kind_of(made.name), made.size))


async def _add_zip(parcel: _Parcel, rest: Sequence[_File], box: Box) -> None:
    room = min(parcel.limit, parcel.room) - _ZIP_ENTRY_BYTES
    packed: list[_File] = []
    left: list[_File] = []
    for made in rest:
        if made.content is None or made.size + _ZIP_ENTRY_BYTES > room:
            left.append(made)
            continue
        packed.append(made)
        room -= made.size + _ZIP_ENTRY_BYTES
    if packed:
        path = await box.new_path()
        try:
            archive = await as_files_allow(partial(asyncio.to_thread, _zip, path, packed))
        except OSError as fault:
            raise failed(fault) from fault
        parcel.add(FILES, _File(_ZIP_NAME, None, 0), archive)
        parcel.note(notes.zipped(len(packed)))
    if left:
        parcel.note(notes.too_many(len(left), sum(made.size for made in left)))


def _zip(path: Path, packed: Sequence[_File]) -> Spooled:
    # Not compressed, because images and videos are compressed already and the content must stay byte for byte the same.
    path.unlink(missing_ok=True)  # an earlier try may have run out of file handles
    with created(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for made in packed:
            if isinstance(made.content, Spooled):
                archive.write(made.content.path, made.name)
            elif made.content is not None:
                archive.writestr(made.name, made.content)
    return Spooled(path, path.stat().st_size)
