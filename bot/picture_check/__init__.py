"""The optional image check: a separate program estimates the probability that an image shows nudity."""

from bot.picture_check.checker import NUDENET, PictureCheck

__all__ = ["NUDENET", "PictureCheck"]
