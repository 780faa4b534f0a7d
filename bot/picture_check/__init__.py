"""The optional picture check: a program of its own looks at pictures and says how sure it is that they show nudity."""

from bot.picture_check.checker import NUDENET, PictureCheck

__all__ = ["NUDENET", "PictureCheck"]
