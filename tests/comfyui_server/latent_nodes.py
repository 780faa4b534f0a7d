"""Nodes that load models, read prompts and sample: a sampler paints, and shows the image coming."""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from PIL import Image, ImageChops, ImageOps

from tests.comfyui_server.image_nodes import resize
from tests.comfyui_server.node import Call, Frame, Result, Run
from tests.comfyui_server.painting import Scene, apply_look, develop, paint, restyle
from tests.comfyui_server.values import Conditioning, Latent, Model, Picture

# Above this nothing of the image that went in is left.
_FROM_SCRATCH: Final = 0.95


async def checkpoint(call: Call) -> Result:
    model = Model(call.inputs["ckpt_name"])
    return Result((model, model, model))


async def lora(call: Call) -> Result:
    model: Model = call.inputs["model"]
    added = (call.inputs["lora_name"], call.inputs["strength_model"])
    return Result((replace(model, loras=(*model.loras, added)), call.inputs["clip"]))


async def model_file(call: Call) -> Result:
    (name,) = call.inputs.values()
    return Result((Model(name),))


async def encode_text(call: Call) -> Result:
    return Result((Conditioning(call.inputs["text"]),))


async def combine(call: Call) -> Result:
    first: Conditioning = call.inputs["conditioning_1"]
    second: Conditioning = call.inputs["conditioning_2"]
    text = f"{first.prompt_text}, {second.prompt_text}"
    return Result((Conditioning(text, first.structure or second.structure, first.strength),))


async def apply_controlnet(call: Call) -> Result:
    positive: Conditioning = call.inputs["positive"]
    held = Conditioning(positive.prompt_text, call.inputs["image"][0], min(1.0, call.inputs["strength"]))
    return Result((held, call.inputs["negative"]))


async def empty_latent(call: Call) -> Result:
    # A latent has an eighth of the side, and loses what does not fit.
    width, height = call.inputs["width"] // 8 * 8, call.inputs["height"] // 8 * 8
    return Result((Latent(width, height, call.inputs["batch_size"]),))


async def upscale_latent(call: Call) -> Result:
    latent: Latent = call.inputs["samples"]
    factor, method = call.inputs["scale_by"], call.inputs["upscale_method"]
    size = (round(latent.width / 8 * factor) * 8, round(latent.height / 8 * factor) * 8)
    pictures = tuple(resize(picture, size, method) for picture in latent.pictures)
    mask = latent.mask.resize(size) if latent.mask else None
    return Result((replace(latent, width=size[0], height=size[1], pictures=pictures, mask=mask),))


async def encode(call: Call) -> Result:
    return Result((_encoded(call.inputs["pixels"]),))


async def encode_for_inpaint(call: Call) -> Result:
    latent = _encoded(call.inputs["pixels"])
    return Result((_masked(latent, call.inputs["mask"]),))


async def set_noise_mask(call: Call) -> Result:
    return Result((_masked(call.inputs["samples"], call.inputs["mask"]),))


async def decode(call: Call) -> Result:
    latent: Latent = call.inputs["samples"]
    grey = Image.new("RGB", (latent.width, latent.height), (127, 127, 127))
    pictures = latent.pictures or (grey,) * latent.batch_size
    if latent.leftover_noise:
        clean = pictures
        pictures = await asyncio.to_thread(
            lambda: tuple(develop(picture, 1 - latent.leftover_noise) for picture in clean)
        )
    return Result((pictures,))


async def ksampler(call: Call) -> Result:
    return await _sample(call, call.inputs["seed"], call.inputs["steps"], (1 - call.inputs["denoise"], 1.0))


async def ksampler_advanced(call: Call) -> Result:
    total = call.inputs["steps"]
    first, last = min(total, call.inputs["start_at_step"]), min(total, call.inputs["end_at_step"])
    result = await _sample(call, call.inputs["noise_seed"], max(0, last - first), (first / total, last / total))
    if call.inputs["return_with_leftover_noise"] == "disable":
        return result
    (sampled,) = result.outputs
    return Result((replace(sampled, leftover_noise=1 - last / total),))


async def _sample(call: Call, seed: int, steps: int, part: tuple[float, float]) -> Result:
    """`part` is where on the way from noise (0) to image (1) the steps begin and end."""
    latent: Latent = call.inputs["latent_image"]
    positive: Conditioning = call.inputs["positive"]
    scenes, pictures = await asyncio.to_thread(_finished, latent, positive, call.inputs["model"], seed, 1 - part[0])
    # Only the first of a batch is shown; a small one is made larger once it is drawn, which is much cheaper.
    shown = pictures[0]
    if max(shown.size) > call.preview_size:
        shown = ImageOps.contain(shown, (call.preview_size, call.preview_size))
    for step in range(1, steps + 1):
        done = part[0] + (part[1] - part[0]) * step / steps
        await call.tick(step, steps, Frame(partial(develop, shown, done, seed)))
    sampled = replace(latent, batch_size=len(pictures), pictures=pictures, scenes=scenes, leftover_noise=0.0)
    return Result((sampled,))


def _finished(
    latent: Latent, positive: Conditioning, model: Model, seed: int, denoise: float
) -> tuple[tuple[Scene, ...], tuple[Picture, ...]]:
    """What the sampler will arrive at, one scene and one image for each of the batch."""
    count = len(latent.pictures) or latent.batch_size
    scenes = []
    pictures = []
    for index in range(count):
        scene = Scene(positive.prompt_text, seed + index)
        source = latent.pictures[index] if latent.pictures else None
        if source and latent.scenes and denoise < _FROM_SCRATCH:
            # A second pass over an image of our own paints the same scene again, now at this size.
            scene = latent.scenes[index]
            finished = _painted(scene, latent.width, latent.height)
        elif source and denoise < _FROM_SCRATCH:
            finished = restyle(source, scene, denoise)
        else:
            finished = _painted(scene, latent.width, latent.height)
        if positive.structure:
            structure = positive.structure.convert("RGB").resize((latent.width, latent.height))
            finished = Image.blend(finished, restyle(structure, scene, 1.0), 0.75 * positive.strength)
        for name, weight in ((model.name, 1.0), *model.loras):
            finished = apply_look(finished, name, weight)
        if source and latent.mask:
            finished = Image.composite(finished, source, latent.mask.resize(source.size))
        scenes.append(scene)
        pictures.append(finished)
    return tuple(scenes), tuple(pictures)


@functools.lru_cache(maxsize=16)
def _painted(scene: Scene, width: int, height: int) -> Picture:
    """The tests order the same image again and again, and nobody changes one in place."""
    return paint(scene, width, height)


def _encoded(pixels: tuple[Picture, ...]) -> Latent:
    width, height = pixels[0].width // 8 * 8, pixels[0].height // 8 * 8
    cropped = tuple(picture.crop((0, 0, width, height)) for picture in pixels)
    return Latent(width, height, len(cropped), cropped)


def _masked(latent: Latent, mask: Picture) -> Latent:
    mask = mask.resize((latent.width, latent.height))
    if latent.mask:
        mask = ImageChops.lighter(mask, latent.mask)
    return replace(latent, mask=mask)


def is_sampler(class_type: str) -> bool:
    return class_type in {"KSampler", "KSamplerAdvanced"}


RUNS: Final[Mapping[str, Run]] = {
    "CLIPTextEncode": encode_text,
    "CheckpointLoaderSimple": checkpoint,
    "ConditioningCombine": combine,
    "ControlNetApplyAdvanced": apply_controlnet,
    "ControlNetLoader": model_file,
    "EmptyLatentImage": empty_latent,
    "KSampler": ksampler,
    "KSamplerAdvanced": ksampler_advanced,
    "LatentUpscaleBy": upscale_latent,
    "LoraLoader": lora,
    "SetLatentNoiseMask": set_noise_mask,
    "UpscaleModelLoader": model_file,
    "VAEDecode": decode,
    "VAEEncode": encode,
    "VAEEncodeForInpaint": encode_for_inpaint,
}
