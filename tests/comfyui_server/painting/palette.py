"""The colours of an image: from the colour words and the time of day in a prompt, and from the seed."""

import colorsys
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Colour = tuple[int, int, int]
# Hue in degrees, saturation, value.
_Hsv = tuple[float, float, float]
_PLURAL: Final = re.compile(r"(?<=\w{3}[^s])s$")
_FIRST_EAST_ASIAN: Final = "\u2e80"


@dataclass(frozen=True, slots=True)
class Palette:
    sky: tuple[Colour, Colour, Colour, Colour]
    """From the zenith down to the horizon."""
    light: Colour
    """Sun, moon, windows, eyes."""
    far: Colour
    near: Colour
    accent: Colour
    dark: bool


@dataclass(frozen=True, slots=True)
class _Mood:
    words: frozenset[str]
    main_hue: float
    """What a colour word in the prompt replaces."""
    accents: tuple[float, ...]
    """Hues that stand out well."""
    sky: tuple[_Hsv, _Hsv, _Hsv, _Hsv]
    light: _Hsv
    far: _Hsv
    near: _Hsv
    dark: bool = False


def words(text: str) -> list[str]:
    """The words in their order, in lower case, without a plural's s.

    Where a script has no spaces or joins endings to words (Chinese, Japanese, Korean), every part of a word is one too.
    """
    found = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word[0] < _FIRST_EAST_ASIAN:
            found.append(_PLURAL.sub("", word))
        else:
            starts = range(len(word))
            found += [word[start:end] for start in starts for end in range(min(len(word), start + 6), start, -1)]
    return found


_MOODS: Final = {
    "neon": _Mood(
        frozenset(words("neon cyberpunk synthwave vaporwave futuristic")),
        main_hue=285,
        accents=(318, 186, 300),
        sky=((258, 0.85, 0.14), (276, 0.80, 0.34), (312, 0.72, 0.66), (336, 0.60, 0.98)),
        light=(186, 0.45, 1.0),
        far=(292, 0.55, 0.52),
        near=(262, 0.82, 0.11),
        dark=True,
    ),
    "night": _Mood(
        frozenset(
            words("night midnight dark moon moonlit moonlight stars starry noir galaxy nacht nuit noche noite 夜 밤")
        ),
        main_hue=230,
        accents=(28, 172, 345, 48),
        sky=((238, 0.80, 0.09), (232, 0.74, 0.22), (222, 0.62, 0.42), (205, 0.45, 0.62)),
        light=(48, 0.22, 1.0),
        far=(222, 0.48, 0.44),
        near=(234, 0.72, 0.09),
        dark=True,
    ),
    "sunset": _Mood(
        frozenset(
            words("sunset dusk evening golden autumn fall warm fire lava twilight abend herbst soir atardecer 夕 노을")
        ),
        main_hue=18,
        accents=(186, 6, 40, 350),
        sky=((262, 0.55, 0.36), (322, 0.52, 0.66), (12, 0.66, 0.95), (42, 0.62, 1.0)),
        light=(46, 0.35, 1.0),
        far=(335, 0.38, 0.68),
        near=(268, 0.62, 0.15),
    ),
    "dawn": _Mood(
        frozenset(words("dawn morning sunrise pastel mist misty fog foggy dream dreamy soft spring fairy")),
        main_hue=330,
        accents=(346, 188, 24, 275),
        sky=((228, 0.38, 0.76), (265, 0.26, 0.88), (330, 0.24, 0.97), (32, 0.28, 1.0)),
        light=(40, 0.16, 1.0),
        far=(252, 0.24, 0.80),
        near=(246, 0.48, 0.27),
    ),
    "day": _Mood(
        frozenset(
            words("day sunny noon bright summer clear blue snow snowy winter schnee neige nieve neve 雪 tag sommer")
        ),
        main_hue=205,
        accents=(4, 344, 42, 268),
        sky=((214, 0.74, 0.80), (206, 0.56, 0.92), (196, 0.30, 0.98), (48, 0.12, 1.0)),
        light=(52, 0.12, 1.0),
        far=(208, 0.34, 0.80),
        near=(168, 0.58, 0.22),
    ),
}

_HUES: Final = {
    "red": 355, "crimson": 348, "scarlet": 6, "orange": 26, "amber": 38, "gold": 45, "yellow": 52, "lime": 85,
    "green": 128, "emerald": 150, "mint": 160, "teal": 176, "turquoise": 178, "cyan": 186, "azure": 208,
    "blue": 218, "navy": 226, "indigo": 248, "violet": 268, "purple": 280, "lavender": 262, "magenta": 305,
    "pink": 332, "rose": 342, "brown": 24,
}  # fmt: skip
_COLOURLESS: Final = frozenset(words("grey gray monochrome black white silver noir sketch charcoal"))
_WITHOUT_HUE: Final[dict[str, Colour]] = {
    "black": (38, 36, 44), "white": (240, 238, 232), "grey": (138, 142, 150), "gray": (138, 142, 150),
    "silver": (176, 184, 194), "brown": (122, 78, 48), "gold": (222, 174, 62),
}  # fmt: skip


# Where the prompt names no time of day. Nights look alike, so there are few of them.
_ANY_TIME: Final = ("sunset", "dawn", "day", "sunset", "dawn", "day", "night")


def named_colour(word: str) -> Colour | None:
    """What a thing of this colour looks like; None if the word is no colour."""
    hue = _HUES.get(word)
    return _WITHOUT_HUE.get(word) or (None if hue is None else _rgb((hue, 0.74, 0.86)))


def choose(said: Sequence[str], chance: random.Random) -> Palette:
    """The palette for a prompt's words."""
    named = [mood for mood in _MOODS.values() if not mood.words.isdisjoint(said)]
    mood = named[0] if named else _MOODS[chance.choice(_ANY_TIME)]
    hues = [_HUES[word] for word in said if word in _HUES]
    drift = chance.uniform(-10, 10)
    strength = 1.0 if hues or _COLOURLESS.isdisjoint(said) else 0.12
    other = hues[1] if len(hues) > 1 else None

    def colour(hsv: _Hsv) -> Colour:
        """A colour word gathers all hues around its own, and leaves a little of the mood's variety."""
        hue = hsv[0] + drift
        if hues:
            hue = hues[0] + 0.28 * _from_to(mood.main_hue, hue)
        return _rgb((hue, hsv[1] * strength, hsv[2]))

    horizon = mood.sky[3]
    if other is not None:
        horizon = (other, max(horizon[1], 0.5), horizon[2])
    accent = chance.choice(mood.accents)
    if hues:
        accent = hues[0] if other is None else other
    return Palette(
        sky=(colour(mood.sky[0]), colour(mood.sky[1]), colour(mood.sky[2]), _rgb(horizon)),
        light=_rgb(mood.light),
        far=colour(mood.far),
        near=colour(mood.near),
        accent=_rgb((accent, 0.76 * strength, 0.93)),
        dark=mood.dark,
    )


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _rgb(hsv: _Hsv) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hsv[0] % 360 / 360, min(1.0, hsv[1]), hsv[2])
    return round(red * 255), round(green * 255), round(blue * 255)


def _from_to(first: float, second: float) -> float:
    """The shorter way round the circle of hues, from -180 to 180."""
    return (second - first + 180) % 360 - 180
