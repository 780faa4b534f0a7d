"""Converts small images in a thread, and all others in a separate process, which gives its memory back when it ends.

Two ordinary conversions run at once, or a single large one: the processes together stay within one memory limit.
"""

import asyncio
import contextlib
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from bot import pictures
from bot.content_credentials import Credentials, Signer
from bot.errors import PictureRefused
from bot.operating_system.open_files import as_files_allow
from bot.operating_system.process_groups import OWN_GROUP
from bot.pictures import Load
from bot.pictures.cleaning import MOST_PIXELS
from bot.pictures.parts.regions import Cells, Extension, MaskForm, Painted, Region
from bot.pictures.sheets.sheet import Sheet, draw_sheet, thumbnail
from bot.spool import Box, Content, Spooled, changed, opened, read, size_of, source_of

log = logging.getLogger(__name__)

_PROGRAM: Final = (sys.executable, "-P", "-m", "bot.pictures.process")
_PYTHONPATH: Final = str(Path(__file__).parents[1])
"""The folder that contains `bot`, for the process's PYTHONPATH."""
_SECONDS: Final = 60.0
"""CPU time for one image. An ordinary image takes about one second."""
_CLOCK_FACTOR: Final = 3
"""By the clock it may take this many times as long, because the machine may be busy."""
_MEMORY: Final = 400 * 2**20
"""Bytes for all these processes together."""
_SHARES: Final = {Load.LIGHT: 1, Load.ORDINARY: 1, Load.LARGE: 2}
"""How many of the two shares of `_MEMORY` a conversion needs."""
_AT_ONCE: Final = 2
_SIGNATURE_SHARE: Final = 4
"""How many times larger than a signature a copy has to be allowed to be: else the image needs all the room."""


@dataclass(frozen=True, slots=True)
class Copy:
    """An image that fits an upload limit. `suffix` and `changed` are those of `pictures.Fitted`."""

    content: Content
    suffix: str | None
    changed: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a file, by the signature itself, and whether the file has stayed as it was then (`intact`)."""

    name: str
    intact: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an image to change, as PNGs: the `original` in its frame, its `mask` (white changes), the `image` for
    the workflow, and the mask as the workflow wants it (`given`). `before` and `inner` are the image's size in pixels
    before and after it was scaled down to fit its frame.
    """

    original: Content
    mask: Content
    image: Content
    given: Content
    before: tuple[int, int]
    inner: tuple[int, int]


class Conversions:
    """All conversions of one process. `environment` is the whole environment of its child processes; `seconds` is the
    CPU time that each of them has before it is stopped. `credentials` sign what members get, if the operator wants
    that.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
        credentials: Credentials | None = None,
    ) -> None:
        self._environment = {**(environment or {}), "PYTHONPATH": _PYTHONPATH}
        self._signer = None if credentials is None else Signer(credentials)
        self._seconds = seconds
        self._threads = asyncio.Semaphore(_AT_ONCE)
        self._processes = asyncio.Semaphore(_AT_ONCE)
        self._next = asyncio.Lock()

    async def fit(self, box: Box, content: Content, limit: int) -> Copy | None:
        """The image in at most `limit` bytes, as `pictures.fit` makes it. An image that already fits is returned
        unread; a copy is signed. None: it cannot be made small enough. Raises `SpoolFailed`.
        """
        if size_of(content) <= limit:
            return Copy(content, None, None)
        room = 0 if self._signer is None else self._signer.room
        copy = await self._smaller(box, content, limit - room if room * _SIGNATURE_SHARE <= limit else limit)
        return copy if copy is None else replace(copy, content=await self.signed(box, copy.content, limit))

    async def signed(self, box: Box, content: Content, limit: int) -> Content:
        """The file with the operator's signature. Without one, for a file that is signed already or can't be signed,
        or would then have more than `limit` bytes: the file itself. Raises `SpoolFailed`.
        """
        if self._signer is None or (await asyncio.to_thread(pictures.origin, source_of(content))).signed:
            return content
        return await changed(box, content, partial(self._signer.write_signed, most_bytes=limit))

    async def signature(self, box: Box, content: Content) -> Signature | None:
        """Who signed a file from anywhere. None: nobody, or it can't be told here. Raises `SpoolFailed`."""
        answer = await self._ask(box, content, Load.ORDINARY, work="signature")
        return Signature(answer["name"], answer["intact"]) if answer else None

    async def _smaller(self, box: Box, content: Content, limit: int) -> Copy | None:
        if (load := await asyncio.to_thread(_weigh, content)) is None:
            return None
        if load is Load.LIGHT:
            async with self._threads:
                fitted = await asyncio.to_thread(pictures.fit, source_of(content), limit)
            return None if fitted is None else Copy(await box.put(fitted.content), fitted.suffix, fitted.changed)
        target = await box.new_path()
        answer = await self._ask(box, content, load, work="fit", target=target, limit=limit)
        if not answer:
            return None
        return Copy(await _spooled(target), answer["suffix"], answer["changed"])

    async def clean(self, box: Box, content: Content, most_pixels: int = MOST_PIXELS) -> Content:
        """An image from outside as a plain PNG, as `pictures.clean` makes it. Raises `PictureRefused` or
        `SpoolFailed`.
        """
        if (load := await asyncio.to_thread(_weigh, content)) is None:
            raise PictureRefused("not_a_picture")
        if load is Load.LIGHT:
            async with self._threads:
                plain = await asyncio.to_thread(pictures.clean, source_of(content), most_pixels)
            return await box.put(plain)
        target = await box.new_path()
        _refuse(await self._ask(box, content, load, work="clean", target=target, most_pixels=most_pixels))
        return await _spooled(target)

    async def samples(self, box: Box, content: Content) -> list[Content]:
        """The image as small PNGs for a check, as `pictures.samples` makes them. Raises `SpoolFailed`."""
        if (load := await asyncio.to_thread(_weigh, content)) is None:
            return []
        if load is Load.LIGHT:
            async with self._threads:
                return list(await asyncio.to_thread(pictures.samples, source_of(content)))
        answer = await self._ask(box, content, load, work="samples", target=await box.new_path())
        return [await _spooled(Path(path)) for path in answer["paths"]] if answer else []

    async def grid(self, box: Box, content: Content) -> Content:
        """The image with a grid on it, as `parts.grid` draws it. Raises `PictureRefused` or `SpoolFailed`."""
        target = await box.new_path()
        _refuse(await self._ask(box, content, await _load_of(content), work="grid", target=target))
        return await _spooled(target)

    async def thumbnail(self, box: Box, content: Content) -> bytes | None:
        """A small JPEG of an image, of an animation's first frame. None: it is no image. Raises `SpoolFailed`."""
        for shot in (await self.samples(box, content))[:1]:
            async with self._threads:
                return await asyncio.to_thread(thumbnail, await asyncio.to_thread(read, shot))
        return None

    async def sheet(self, box: Box, sheet: Sheet, limit: int, *, mark: bool) -> Content:
        """A sheet of thumbnails as a JPEG of at most `limit` bytes, signed. `mark`: with the AI mark. Raises
        `SpoolFailed`.
        """
        room = 0 if self._signer is None else self._signer.room
        async with self._threads:
            drawn = await asyncio.to_thread(draw_sheet, sheet, limit - room, mark=mark)
        return await self.signed(box, drawn, limit)

    async def part(self, box: Box, content: Content, region: Region, most_pixels: int, form: MaskForm) -> Part:
        """The image and the mask of the region, as `parts.preparation` makes them. Raises `PictureRefused` or
        `SpoolFailed`.
        """
        asked: dict[str, object] = {"most_pixels": most_pixels, "form": form}
        match region:
            case Cells(bits):
                asked["cells"] = bits
            case Painted(png):
                asked["painted"] = png if isinstance(png, Path) else (await box.on_disk(png)).path
            case Extension():
                asked["extension"] = (region.left, region.top, region.right, region.bottom)
        target, load = await box.new_path(), await _load_of(content)
        answer = _refuse(await self._ask(box, content, load, work="part", target=target, **asked))
        made = {name: await _spooled(Path(path)) for name, path in answer["paths"].items()}
        original, mask = made["original"], made["mask"]
        before, inner = ((int(width), int(height)) for width, height in (answer["before"], answer["inner"]))
        return Part(original, mask, made.get("image", original), made.get("given", mask), before, inner)

    async def composite(self, box: Box, original: Content, mask: Content, result: Content) -> Content | None:
        """The original with the result in place of its masked part, as `parts.compositing` makes it. None: impossible
        with this result. Raises `SpoolFailed`.
        """
        load = max(await _load_of(original), await _load_of(result), key=lambda one: _SHARES[one])
        paths = [(await box.on_disk(one)).path for one in (mask, result)]
        target = await box.new_path()
        answer = await self._ask(box, original, load, work="composite", mask=paths[0], result=paths[1], target=target)
        return await _spooled(target) if answer is not None and answer["made"] else None

    async def _ask(self, box: Box, content: Content, load: Load, **task: object) -> dict[str, Any] | None:
        """The answer of the child process; None if it was stopped or ended without an answer."""
        source = await box.on_disk(content)
        places = _SHARES[load]
        task |= {"source": source.path, "memory": _MEMORY * places // _AT_ONCE, "seconds": int(self._seconds)}
        async with self._memory_shares(places):
            try:
                async with asyncio.timeout(_CLOCK_FACTOR * self._seconds):
                    return await self._run(json.dumps(task, default=str))
            except TimeoutError:
                log.warning("converting an image of %d bytes timed out", source.size)
            except (OSError, ValueError) as fault:
                log.warning("converting an image of %d bytes failed: %s", source.size, fault)
        return None

    async def _run(self, task: str) -> dict[str, Any]:
        process = await as_files_allow(self._start)
        try:
            answer, _ = await process.communicate(task.encode())
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode:
            raise ChildProcessError(f"its process exited with {process.returncode}")
        found = json.loads(answer)
        return found if isinstance(found, dict) else {}

    async def _start(self) -> Process:
        # It gets its own session: Ctrl-C in the terminal is meant for the bot, which then ends this process.
        return await asyncio.create_subprocess_exec(
            *_PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environment, **OWN_GROUP
        )

    @contextlib.asynccontextmanager
    async def _memory_shares(self, places: int) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as taken:
            # In order of arrival: a conversion that needs both shares would otherwise starve behind smaller ones.
            async with self._next:
                for _ in range(places):
                    await taken.enter_async_context(self._processes)
            yield


def _weigh(content: Content) -> Load | None:
    with opened(content) as file:
        return pictures.weigh(file.read(pictures.HEAD))


async def _load_of(content: Content) -> Load:
    return await asyncio.to_thread(_weigh, content) or Load.LARGE


def _refuse(answer: dict[str, Any] | None) -> dict[str, Any]:
    """The answer, unless it is none or says why the image is refused: raises `PictureRefused` then."""
    if answer is None:
        raise PictureRefused("not_a_picture")
    if "code" in answer:
        raise PictureRefused(answer["code"], answer["limit"])
    return answer


async def _spooled(path: Path) -> Spooled:
    return Spooled(path, (await asyncio.to_thread(path.stat)).st_size)
