"""Image processing with Pillow. It all takes CPU time and memory; `bot.conversions` decides where it runs."""

from bot.pictures.ai_mark import MADE_BY_MACHINE, Origin, marked, origin, write_marked
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
    "MADE_BY_MACHINE",
    "TEXTS_HEAD",
    "Fitted",
    "Load",
    "Origin",
    "carries_texts",
    "clean",
    "fit",
    "hidden_texts",
    "marked",
    "origin",
    "recipe_texts",
    "sample",
    "sample_video",
    "samples",
    "texts",
    "weigh",
    "with_texts",
    "write_marked",
    "write_with_texts",
]
