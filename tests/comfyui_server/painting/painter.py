"""Paints what a prompt says: the same words and seed give the same image, at any size."""

import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageOps

from tests.comfyui_server.painting import palette as colours
from tests.comfyui_server.painting.brushes import Canvas, Picture
from tests.comfyui_server.painting.looks import apply_styles
from tests.comfyui_server.painting.palette import mix
from tests.comfyui_server.painting.reading import read
from tests.comfyui_server.painting.scenery import INDOORS, LANDSCAPES, OUTDOORS, finish
from tests.comfyui_server.painting.subjects import place


@dataclass(frozen=True, slots=True)
class Scene:
    prompt_text: str
    seed: int


def paint(scene: Scene, width: int, height: int) -> Picture:
    chance = random.Random(f"{scene.prompt_text}|{scene.seed}")
    reading = read(scene.prompt_text)
    palette = colours.choose(reading.said, chance)
    anywhere = chance.choice(OUTDOORS)
    landscape = reading.place or (reading.subject.home if reading.subject else anywhere)
    left = chance.random() < 0.5
    sun = (chance.uniform(0.16, 0.36) if left else chance.uniform(0.64, 0.84), chance.uniform(0.16, 0.42))
    # The subject stands on the other side.
    aside = 0.5 + (0.12 if left else -0.12) * chance.uniform(0.2, 1.4)
    canvas = Canvas(Image.new("RGB", (width, height)), palette, chance, sun)
    LANDSCAPES[landscape](canvas)
    if reading.subject is not None:
        place(canvas, reading.subject, 0.5 if landscape in INDOORS else aside, reading.colour)
    return apply_styles(finish(canvas), reading.said)


def restyle(picture: Picture, scene: Scene, amount: float) -> Picture:
    """The same image in the prompt's colours; `amount` is how far it goes, from 0 to 1."""
    chance = random.Random(f"{scene.prompt_text}|{scene.seed}")
    palette = colours.choose(read(scene.prompt_text).said, chance)
    grey = ImageOps.autocontrast(picture.convert("L"), cutoff=1)
    dark, bright = mix(palette.near, (0, 0, 0), 0.3), mix(palette.light, (255, 255, 255), 0.3)
    toned = ImageOps.colorize(grey, dark, bright, palette.sky[2], midpoint=130)
    # What has a colour of its own, such as a fox, keeps some of it.
    toned = Image.blend(toned, ImageChops.soft_light(picture, toned), 0.6)
    light = paint(scene, picture.width, picture.height).filter(ImageFilter.GaussianBlur(picture.height / 24))
    toned = Image.blend(toned, ImageChops.soft_light(toned, light), 0.5)
    return Image.blend(picture, toned, amount).filter(ImageFilter.UnsharpMask(2, 60, 3))


def develop(picture: Picture, done: float, seed: int = 0) -> Picture:
    """How the image looks on its way, `done` being 0 to 1: out of coloured noise, from coarse to fine."""
    if done >= 1:
        return picture
    cells = round(6 + (max(picture.size) - 6) * done**2.4)
    coarse = ImageOps.contain(picture, (cells, cells), Image.Resampling.BOX)
    soft = coarse.resize(picture.size, Image.Resampling.BICUBIC)
    grain = Image.frombytes("RGB", (64, 64), random.Random(f"{seed}|{done}").randbytes(64 * 64 * 3))
    return Image.blend(soft, grain.resize(picture.size, Image.Resampling.BICUBIC), 0.9 * (1 - done) ** 1.5)
