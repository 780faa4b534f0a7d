"""Nodes whose outputs are no still images: animations, videos, sound, text. Their files are in the right place and
of the right name; a video or a sound is a header and noise, which nobody here plays.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from tests.comfyui_server.node import Call, Result, Run
from tests.comfyui_server.values import Picture

_WEBM: Final = b"\x1a\x45\xdf\xa3"
_FLAC: Final = b"fLaC"
_BYTES_A_FRAME: Final = 3_000
_BYTES_A_SECOND: Final = 5_000


async def string(call: Call) -> Result:
    return Result((call.inputs["value"],))


async def preview_any(call: Call) -> Result:
    text = str(call.inputs["source"])
    return Result((text,) if call.version.save_image_passes_on else (), {"text": (text,)})


async def save_animated_webp(call: Call) -> Result:
    pictures: Sequence[Picture] = call.inputs["images"]
    path, entry = _file(call, ".webp", pictures[0].size)
    first, *others = pictures
    duration = round(1000 / call.inputs["fps"])
    lossless, quality = call.inputs["lossless"], call.inputs["quality"]
    await asyncio.to_thread(
        lambda: first.save(
            path, "WEBP", save_all=True, append_images=others, duration=duration, lossless=lossless, quality=quality
        )
    )
    return Result(_passed_on(call, pictures), {"images": [entry], "animated": (len(pictures) != 1,)})


async def save_webm(call: Call) -> Result:
    pictures: Sequence[Picture] = call.inputs["images"]
    path, entry = _file(call, ".webm", pictures[0].size)
    path.write_bytes(_WEBM + random.Random(len(pictures)).randbytes(_BYTES_A_FRAME * len(pictures)))
    return Result(_passed_on(call, pictures), {"images": [entry], "animated": (True,)})


async def empty_audio(call: Call) -> Result:
    return Result((float(call.inputs["duration"]),))


async def load_audio(call: Call) -> Result:
    size = call.storage.annotated(call.inputs["audio"]).stat().st_size
    return Result((size / _BYTES_A_SECOND,))


async def load_video(call: Call) -> Result:
    return Result((call.storage.annotated(call.inputs["file"]),))


async def video_components(call: Call) -> Result:
    return Result(((Image.new("RGB", (64, 64)),), 1.0, 24.0))


async def save_audio(call: Call) -> Result:
    seconds: float = call.inputs["audio"]
    path, entry = _file(call, ".flac", (0, 0))
    path.write_bytes(_FLAC + random.Random(seconds).randbytes(round(_BYTES_A_SECOND * seconds)))
    return Result(_passed_on(call, seconds), {"audio": [entry]})


def _file(call: Call, suffix: str, size: tuple[int, int]) -> tuple[Path, dict[str, str]]:
    (found,) = call.storage.next_files(call.inputs["filename_prefix"], 1, size, "output", suffix)
    return found


def _passed_on(call: Call, value: object) -> tuple[object, ...]:
    return (value,) if call.version.save_image_passes_on else ()


RUNS: Final[Mapping[str, Run]] = {
    "EmptyAudio": empty_audio,
    "GetVideoComponents": video_components,
    "LoadAudio": load_audio,
    "LoadVideo": load_video,
    "PreviewAny": preview_any,
    "PrimitiveString": string,
    "SaveAnimatedWEBP": save_animated_webp,
    "SaveAudio": save_audio,
    "SaveWEBM": save_webm,
}
