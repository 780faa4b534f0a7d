"""Format numbers for people to read. Pure."""

from typing import Final

from bot.translation import _, ngettext

_BAR_SEGMENTS: Final = 10
"""Segments. With the text beside it, a bar of this length fits on a phone's screen."""


def progress_bar(fraction: float) -> str:
    full = int(fraction * _BAR_SEGMENTS)
    return "▰" * full + "▱" * (_BAR_SEGMENTS - full)


def duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:  # noqa: PLR2004
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 10 and rest:  # noqa: PLR2004
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    if minutes < 60:  # noqa: PLR2004
        return _("{minutes} min").format(minutes=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


def count(kind: str, number: int) -> str:
    """A number of files of one kind, in words."""
    match kind:
        case "image":
            told = ngettext("{count} image", "{count} images", number)
        case "video":
            told = ngettext("{count} video", "{count} videos", number)
        case "audio":
            told = ngettext("{count} audio file", "{count} audio files", number)
        case _other:
            told = ngettext("{count} file", "{count} files", number)
    return told.format(count=number)


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004
    return f"{number}{ending}"
