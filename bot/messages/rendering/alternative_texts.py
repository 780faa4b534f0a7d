"""The alternative text of a file, which screen readers speak: that it is AI-generated, and what was asked for. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from bot.discord_limits import ALTERNATIVE_TEXT
from bot.translation import ENGLISH, N_, _, languages, spoken
from bot.workflows import kind_of

_MARKS: Final[Mapping[str, str]] = {
    "image": N_("AI-generated image"),
    "video": N_("AI-generated video"),
    "audio": N_("AI-generated audio"),
    "model": N_("AI-generated 3D model"),
    "text": N_("AI-generated text"),
    "file": N_("AI-generated files"),
}
"""By the kind of file. A kind of its own for archives: whatever is in them is AI-generated."""
_CAPTION: Final = 80
"""The most characters of a stage's caption, which the workflow's author wrote."""
_JOINER: Final = "\N{ZERO WIDTH JOINER}"


def alternative_text(filename: str, caption: str | None, words: str | None) -> str:
    """The text for a file that a job made. `caption` names its stage, if the workflow has several. `words` are what was
    asked for; None if not everybody who sees the file may read that.
    """
    mark = _(_MARKS[kind_of(filename)])
    if caption:
        mark = _("{mark} ({stage})").format(mark=mark, stage=cut_text(_one_line(caption), _CAPTION))
    text = mark if not words or not words.strip() else f"{mark}: {_one_line(words)}"
    return cut_text(text, ALTERNATIVE_TEXT)


def renewed_text(found: str | None, filename: str, words: str | None) -> str:
    """The text for a file that was `found` in a message with this text, and is sent again."""
    mark = _MARKS[kind_of(filename)]
    # Its requester may have read another language then, and may not be who reads it now.
    if found and found.startswith(tuple(one.texts.gettext(mark) for one in (ENGLISH, spoken(), *languages()))):
        return found
    # Earlier versions wrote only the stage's caption there.
    return alternative_text(filename, found, words)


def cut_text(text: str, limit: int) -> str:
    """The text, or its beginning and “…” if it is longer than `limit` code points, which is how Discord's API counts
    (discord-api-docs #1315). What looks like one sign, such as an emoji of a family, is not cut into parts.
    """
    if len(text) <= limit:
        return text
    # A text of nothing but marks above and below has no better place.
    end = next((place for place in range(limit - 1, 0, -1) if _may_cut(text, place)), limit - 1)
    return text[:end].rstrip() + "…"


def _one_line(text: str) -> str:
    # A zero-width space disables @everyone wherever the text may be quoted, and no screen reader speaks it.
    return " ".join(text.split()).replace("@", "@\N{ZERO WIDTH SPACE}")


def _may_cut(text: str, place: int) -> bool:
    """Whether a sign ends before `place`: the cases of Unicode Standard Annex #29 that people type."""
    before, after = text[place - 1], text[place]
    if _is_regional(before) and _is_regional(after):
        # Two of these letters are one flag.
        return _regional_before(text, place) % 2 == 0
    return before != _JOINER and not _extends(after)


def _extends(sign: str) -> bool:
    """Whether the sign belongs to the one before it: marks, joiners, skin tones, tags of flags, and Korean vowels."""
    return (
        unicodedata.category(sign).startswith("M")
        or sign in {_JOINER, "\N{ZERO WIDTH NON-JOINER}"}
        or "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}" <= sign <= "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
        or "\N{TAG SPACE}" <= sign <= "\N{CANCEL TAG}"
        or "\N{HANGUL JUNGSEONG FILLER}" <= sign <= "\N{HANGUL JONGSEONG SSANGNIEUN}"
    )


def _is_regional(sign: str) -> bool:
    return "\N{REGIONAL INDICATOR SYMBOL LETTER A}" <= sign <= "\N{REGIONAL INDICATOR SYMBOL LETTER Z}"


def _regional_before(text: str, place: int) -> int:
    start = place
    while start and _is_regional(text[start - 1]):
        start -= 1
    return place - start
