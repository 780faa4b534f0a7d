"""Nodes that load, change and save images. An IMAGE is a tuple of RGB images, a MASK one grey image."""

import asyncio
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from PIL import Image, ImageChops, ImageOps, PngImagePlugin, UnidentifiedImageError

from tests.comfyui_server.faults import Failure
from tests.comfyui_server.node import Call, Frame, NodeFailed, Result, Run
from tests.comfyui_server.storage import FolderType
from tests.comfyui_server.values import Picture

_RESAMPLING: Final = {
    "nearest-exact": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "bislerp": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_SAVE_COMPRESSION: Final = 4
_PREVIEW_COMPRESSION: Final = 1
# What the server gives as mask for an image without transparency.
_NO_MASK_SIZE: Final = (64, 64)
_TILE: Final = 512


def resize(picture: Picture, size: tuple[int, int], method: str) -> Picture:
    return picture.resize(size, _RESAMPLING[method])


async def load_image(call: Call) -> Result:
    return await asyncio.to_thread(_load_image, call)


def _load_image(call: Call) -> Result:
    picture = _open(call)
    mask = Image.new("L", _NO_MASK_SIZE, 0)
    if picture.has_transparency_data:
        mask = ImageChops.invert(picture.convert("RGBA").getchannel("A"))
    return Result(((picture.convert("RGB"),), mask))


async def load_image_mask(call: Call) -> Result:
    channel = call.inputs["channel"][0].upper()
    mask = (await asyncio.to_thread(_open, call)).convert("RGBA").getchannel(channel)
    return Result((ImageChops.invert(mask) if channel == "A" else mask,))


def _open(call: Call) -> Picture:
    path = call.storage.annotated(call.inputs["image"])
    try:
        with Image.open(path) as picture:
            return ImageOps.exif_transpose(picture).copy()
    except UnidentifiedImageError as error:
        exception_type, message = call.version.unreadable_image
        message = message.format(path=f"/srv/ComfyUI/input/{path.name}")
        raise NodeFailed(Failure(exception_type, message)) from error


async def empty_image(call: Call) -> Result:
    inputs = call.inputs
    color = inputs["color"]
    rgb = (color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF)
    return Result(((Image.new("RGB", (inputs["width"], inputs["height"]), rgb),) * inputs["batch_size"],))


async def invert(call: Call) -> Result:
    return Result((tuple(ImageOps.invert(picture) for picture in call.inputs["image"]),))


async def scale(call: Call) -> Result:
    width, height = call.inputs["width"], call.inputs["height"]
    first = call.inputs["image"][0]
    if not (width or height):
        return Result((call.inputs["image"],))
    # Nought means: whatever keeps the proportions.
    size = (
        width or max(1, round(first.width * height / first.height)),
        height or max(1, round(first.height * width / first.width)),
    )
    method = call.inputs["upscale_method"]

    def scaled(picture: Picture) -> Picture:
        if call.inputs["crop"] == "center":
            return ImageOps.fit(picture, size, _RESAMPLING[method])
        return resize(picture, size, method)

    return Result((await _each(call.inputs["image"], scaled),))


async def scale_by(call: Call) -> Result:
    factor, method = call.inputs["scale_by"], call.inputs["upscale_method"]

    def scaled(picture: Picture) -> Picture:
        return resize(picture, (round(picture.width * factor), round(picture.height * factor)), method)

    return Result((await _each(call.inputs["image"], scaled),))


async def upscale_with_model(call: Call) -> Result:
    """Four times as large; like the real one it works, and reports, tile by tile."""
    pictures: Sequence[Picture] = call.inputs["image"]
    tiles = len(pictures) * -(-pictures[0].width // _TILE) * -(-pictures[0].height // _TILE)
    upscaled = await _each(
        pictures, lambda picture: resize(picture, (picture.width * 4, picture.height * 4), "lanczos")
    )
    for tile in range(tiles):
        await call.tick(tile + 1, tiles)
    return Result((upscaled,))


async def save_image(call: Call) -> Result:
    return await _save(call, call.inputs["filename_prefix"], "output", _SAVE_COMPRESSION)


async def preview_image(call: Call) -> Result:
    prefix = f"ComfyUI_temp_{call.storage.temp_mark}"
    return await _save(call, prefix, "temp", _PREVIEW_COMPRESSION)


async def save_image_websocket(call: Call) -> Result:
    """Finished images go out as frames: no file, no `executed`, and the count starts at nought."""
    pictures: Sequence[Picture] = call.inputs["images"]
    for index, picture in enumerate(pictures):
        await call.tick(index, len(pictures), Frame(partial(_as_it_is, picture), "PNG", as_it_is=True))
    return Result()


def _as_it_is(picture: Picture) -> Picture:
    return picture


async def _save(call: Call, prefix: str, folder_type: FolderType, compression: int) -> Result:
    pictures: Sequence[Picture] = call.inputs["images"]
    try:
        files = call.storage.next_files(prefix, len(pictures), pictures[0].size, folder_type)
    except web.HTTPForbidden as error:
        message = (
            "**** ERROR: Saving image outside the output folder is not allowed.\n"
            "         output_dir: /srv/ComfyUI/output\n"
        )
        raise NodeFailed(Failure("Exception", message)) from error
    texts = {"prompt": call.graph, **call.extra_pnginfo}
    for picture, (path, _) in zip(pictures, files, strict=True):
        await asyncio.to_thread(_write_png, picture, path, texts, compression)
    outputs = (pictures,) if call.version.save_image_passes_on else ()
    return Result(outputs, {"images": [entry for _, entry in files]})


def _write_png(picture: Picture, path: Path, texts: Mapping[str, Any], compression: int) -> None:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_text(key, json.dumps(value))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info, compress_level=compression)
    path.write_bytes(buffer.getvalue())


async def _each(pictures: Sequence[Picture], change: Callable[[Picture], Picture]) -> tuple[Picture, ...]:
    return await asyncio.to_thread(lambda: tuple(change(picture) for picture in pictures))


RUNS: Final[Mapping[str, Run]] = {
    "EmptyImage": empty_image,
    "ImageInvert": invert,
    "ImageScale": scale,
    "ImageScaleBy": scale_by,
    "ImageUpscaleWithModel": upscale_with_model,
    "LoadImage": load_image,
    "LoadImageMask": load_image_mask,
    "PreviewImage": preview_image,
    "SaveImage": save_image,
    "SaveImageWebsocket": save_image_websocket,
}
