"""Image processing with Pillow. It all takes CPU time and memory; `bot.conversions` decides where it runs."""

from bot.pictures.cleaning import clean
from bot.pictures.fitting import Fitted, fit
from bot.pictures.header import HEAD, Load, weigh
from bot.pictures.png_text import recipe_texts, texts, with_texts, write_with_texts
from bot.pictures.sampling import sample, samples

__all__ = [
    "HEAD",
    "Fitted",
    "Load",
    "clean",
    "fit",
    "recipe_texts",
    "sample",
    "samples",
    "texts",
    "weigh",
    "with_texts",
    "write_with_texts",
]
