"""Image processing with Pillow. It all takes CPU time and memory; `bot.conversions` decides where it runs."""

from bot.pictures.cleaning import clean
from bot.pictures.file_texts import HEAD as TEXTS_HEAD
from bot.pictures.file_texts import carries_texts, texts
from bot.pictures.file_texts.hidden import hidden_texts
from bot.pictures.fitting import Fitted, fit
from bot.pictures.header import HEAD, Load, weigh
from bot.pictures.png_text import recipe_texts, with_texts, write_with_texts
from bot.pictures.sampling import sample, sample_video, samples

__all__ = [
    "HEAD",
    "TEXTS_HEAD",
    "Fitted",
    "Load",
    "carries_texts",
    "clean",
    "fit",
    "hidden_texts",
    "recipe_texts",
    "sample",
    "sample_video",
    "samples",
    "texts",
    "weigh",
    "with_texts",
    "write_with_texts",
]
