"""Paints what a prompt says: the same words and seed give the same image, at any size."""

import random
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps

from tests.comfyui_server.painting import palette as colours
from tests.comfyui_server.painting.brushes import Canvas, Picture
from tests.comfyui_server.painting.palette import mix
from tests.comfyui_server.painting.scenery import LANDSCAPES, finish
from tests.comfyui_server.painting.sky import space
from tests.comfyui_server.painting.subjects import BY_WORD, place

_PLACES: Final = {
    "sea": "sea ocean beach island coast lake river water wave harbor harbour",
    "forest": "forest wood jungle fairy elf bear",
    "city": "city street cyberpunk neon skyline tokyo urban building town",
    "desert": "desert dune sand camel pyramid cactus mars egypt",
    "space": "space galaxy planet nebula cosmos alien saturn astronaut",
    "mountains": "mountain alp peak snow valley cliff viking",
    "meadow": "meadow field garden hill rabbit",
}
_FROM_WORD: Final = {word: name for name, said in _PLACES.items() for word in colours.words(said)}


@dataclass(frozen=True, slots=True)
class Scene:
    prompt_text: str
    seed: int


def paint(scene: Scene, width: int, height: int) -> Picture:
    chance = random.Random(f"{scene.prompt_text}|{scene.seed}")
    palette = colours.choose(scene.prompt_text, chance)
    said = colours.words(scene.prompt_text)
    subject = next((BY_WORD[word] for word in said if word in BY_WORD), None)
    anywhere = chance.choice(list(LANDSCAPES))
    home = subject.home if subject else anywhere
    landscape = next((_FROM_WORD[word] for word in said if word in _FROM_WORD), home)
    left = chance.random() < 0.5
    sun = (chance.uniform(0.16, 0.36) if left else chance.uniform(0.64, 0.84), chance.uniform(0.16, 0.42))
    # The subject stands on the other side.
    aside = 0.5 + (0.12 if left else -0.12) * chance.uniform(0.2, 1.4)
    canvas = Canvas(Image.new("RGB", (width, height)), palette, chance, sun)
    if landscape == "space":
        space(canvas)
    else:
        LANDSCAPES[landscape](canvas)
    if subject is not None:
        place(canvas, subject, aside)
    return finish(canvas)


def restyle(picture: Picture, scene: Scene, amount: float) -> Picture:
    """The same image in the prompt's colours; `amount` is how far it goes, from 0 to 1."""
    chance = random.Random(f"{scene.prompt_text}|{scene.seed}")
    palette = colours.choose(scene.prompt_text, chance)
    grey = ImageOps.autocontrast(picture.convert("L"), cutoff=1)
    dark, bright = mix(palette.near, (0, 0, 0), 0.3), mix(palette.light, (255, 255, 255), 0.3)
    toned = ImageOps.colorize(grey, dark, bright, palette.sky[2], midpoint=130)
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
