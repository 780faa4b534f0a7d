"""ComfyUIs for crowds and farms, many in one process: the stand-in, with a sampler that waits instead of painting.

A prompt says how long its sampler takes: "12.5s a fox"; one that says nothing takes as long as its steps do. The images
are noise, which no format makes smaller, and were encoded before anybody asked. All the rest is the stand-in's.

`python -m tests.bench.light_comfyui --servers 50` prints its addresses, and then when each prompt began and ended (by
the clock that all processes of a machine share): a JSON object a line.
"""

import argparse
import asyncio
import contextlib
import functools
import io
import json
import random
import re
import signal
import struct
import time
import zlib
from collections.abc import Mapping
from typing import IO, Any, ClassVar, Final

from PIL import Image, PngImagePlugin

from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn, Faults
from tests.comfyui_server.catalogue import Catalogue
from tests.comfyui_server.hostile.cases import CASES
from tests.comfyui_server.latent_nodes import decode
from tests.comfyui_server.node import Call, Frame, Result, Run
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.values import Conditioning, Latent
from tests.workflows.known import recorded

_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)s\b")
_DIFFERENT: Final = 4
"""So many images of a batch differ from each other."""
_HEADER_BYTES: Final = 33
"""A PNG's signature and its IHDR chunk, behind which its texts may stand."""
_PREVIEW_GRAIN: Final = 64
"""Pixels of a preview's side before it is made larger: its file gets as large as one of a real image, about 60 KB."""


class ReadyImage(Image.Image):
    """Was encoded once: to save it is to copy its file."""

    def __init__(self, drawn: Image.Image, file_format: str) -> None:
        super().__init__()
        self.__setstate__(drawn.__getstate__())
        file = io.BytesIO()
        drawn.save(file, file_format, compress_level=0)
        self.file: Final = file.getvalue()

    def save(self, fp: IO[bytes], format: str | None = None, **params: Any) -> None:  # type: ignore[override]  # noqa: A002, ANN401, ARG002
        """With the texts of `pnginfo`; nothing else matters to a file that exists."""
        texts = params.get("pnginfo") or PngImagePlugin.PngInfo()
        fp.write(self.file[:_HEADER_BYTES])
        for kind, content, *_ in texts.chunks:
            chunk = kind + content
            fp.write(struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk)))
        fp.write(self.file[_HEADER_BYTES:])


@functools.cache
def _image(width: int, height: int, index: int) -> ReadyImage:
    noise = random.Random(index).randbytes(3 * width * height)
    return ReadyImage(Image.frombytes("RGB", (width, height), noise), "PNG")


@functools.cache
def _preview() -> ReadyImage:
    grain = _image(_PREVIEW_GRAIN, _PREVIEW_GRAIN, 0)
    return ReadyImage(grain.resize((FULL_PREVIEW, FULL_PREVIEW), Image.Resampling.BILINEAR), "JPEG")


async def _sample(call: Call) -> Result:
    """What comes in goes out; in between, the steps are spread evenly over the prompt's seconds."""
    positive: Conditioning = call.inputs["positive"]
    steps: int = call.inputs["steps"]
    said = _SECONDS.match(positive.prompt_text)
    clock = asyncio.get_running_loop().time
    began = clock()
    for step in range(1, steps + 1):
        if said is not None:
            await asyncio.sleep(began + float(said[1]) * step / steps - clock())
        await call.tick(step, steps, Frame(_preview, "JPEG", as_it_is=True))
    return Result((call.inputs["latent_image"],))


async def _decode(call: Call) -> Result:
    latent: Latent = call.inputs["samples"]
    if latent.pictures:
        return await decode(call)
    images = [
        await asyncio.to_thread(_image, latent.width, latent.height, index % _DIFFERENT)
        for index in range(latent.batch_size)
    ]
    return Result((tuple(images),))


class _WholeCatalogue(Catalogue):
    """As many node classes as a real server has, most of which no prompt can use here: asking takes as long."""

    def object_info(self) -> dict[str, Any]:
        return {**recorded(), **super().object_info()}


class LightComfyUI(ComfyUIStandIn):
    """One such server."""

    runs: ClassVar[Mapping[str, Run]] = {**ComfyUIStandIn.runs, "KSampler": _sample, "VAEDecode": _decode}

    def catalogue(self, storage: Storage) -> Catalogue:
        return _WholeCatalogue(self._version, self._checkpoints, self._more_loras, storage, self.faults)


class _TellingComfyUI(LightComfyUI):
    """Says when each prompt begins and ends."""

    def began(self, prompt_id: str) -> None:
        super().began(prompt_id)
        self._tell(prompt_id, "began")

    def ended(self, prompt_id: str) -> None:
        super().ended(prompt_id)
        self._tell(prompt_id, "ended")

    def _tell(self, prompt_id: str, what: str) -> None:
        _say({"url": self.url, "prompt_id": prompt_id, what: time.monotonic()})


def _say(line: Mapping[str, object]) -> None:
    print(json.dumps(line), flush=True)


async def _serve(count: int, hostile: tuple[str, str] | None) -> None:
    told_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    faults = Faults()
    if hostile is not None:
        case, words = hostile
        CASES[case].switch_on(faults, words)
    async with contextlib.AsyncExitStack() as servers:
        comfyuis = [_TellingComfyUI(preview_size=FULL_PREVIEW, faults=faults) for _ in range(count)]
        started = [await servers.enter_async_context(comfyui) for comfyui in comfyuis]
        _say({"urls": [server.url for server in started]})
        await told_to_end.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.light_comfyui", description=__doc__)
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--hostile", nargs=2, metavar=("CASE", "WORDS"), help="what they do to jobs with these words")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.servers, arguments.hostile))
