"""What a screen reader says of a file: first that it is AI-generated, then what was asked for."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger import BY_RULE
from bot.messages import Attachment, render_approval, render_done, render_failed, renewed_text
from bot.messages.rendering.alternative_texts import alternative_text, cut_text
from bot.translation import language_called, speaking
from tests.jobs import a_job

FAMILY: Final = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
WAVE: Final = "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
FLAG: Final = "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
ACCENT: Final = "e\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}"
KOREAN: Final = "\N{HANGUL CHOSEONG HIEUH}\N{HANGUL JUNGSEONG A}\N{HANGUL JONGSEONG NIEUN}"
HEART: Final = "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"
SIGNS: Final = (FAMILY, WAVE, FLAG, ACCENT, KOREAN, HEART, "x")


@pytest.mark.parametrize(
    ("filename", "caption", "words", "text"),
    [
        ("image-1.png", None, "a fox", "AI-generated image: a fox"),
        ("SPOILER_image-1.webp", "Refined", " a\n fox ", "AI-generated image (Refined): a fox"),
        ("film.mp4", None, "a fox", "AI-generated video: a fox"),
        ("song.flac", None, "a song", "AI-generated audio: a song"),
        ("more.zip", None, "a fox", "AI-generated files: a fox"),
        ("text-2.txt", None, None, "AI-generated text"),
        ("image-1.png", None, "@everyone <@1>", "AI-generated image: @\u200beveryone <@\u200b1>"),
    ],
)
def test_it_says_the_kind_the_stage_and_the_prompt(
    filename: str, caption: str | None, words: str | None, text: str
) -> None:
    assert alternative_text(filename, caption, words) == text


@given(st.text(), st.text(max_size=300), st.integers(0, 300))
def test_it_fits_and_its_mark_and_stage_are_never_cut(words: str, caption: str, times: int) -> None:
    text = alternative_text("image-1.png", caption, words * times)
    assert text.startswith("AI-generated image")
    assert len(text) <= 1024


@given(st.lists(st.sampled_from(SIGNS), min_size=1, max_size=30), st.integers(1, 60))
def test_no_sign_is_cut_into_parts(signs: list[str], limit: int) -> None:
    text = "".join(signs)
    cut = cut_text(text, limit)
    assert len(cut) <= limit
    whole = {"".join(signs[:count]) for count in range(len(signs) + 1)}
    # Where not even the first sign fits, there is no better place.
    assert cut.removesuffix("…") in whole or limit <= len(signs[0])


@pytest.mark.parametrize("code", ["en", "de", "ja"])
def test_a_text_from_before_is_kept_whoever_sees_it_now(code: str) -> None:
    with speaking(language_called("de")):
        found = alternative_text("image-1.png", None, "a fox")
    with speaking(language_called(code)):
        assert renewed_text(found, "image-1.png", "a fox") == found


def test_what_only_moderators_may_read_is_in_none() -> None:
    files = [Attachment("image-1.png", b"1", "Draft")]
    held = a_job(held_by=BY_RULE, values={"prompt": "a secret"})
    released = replace(held, held_by=None)
    for rendered in (
        render_done(held, "Title", 1.0, files),
        render_failed(held, "Title", "It broke.", files),
        render_approval(held, "picture", "Title", files),
        render_approval(released, "picture", "Title", files),
    ):
        assert [file.description for file in rendered.files or ()] == ["AI-generated image (Draft)"]
    (file,) = render_done(released, "Title", 1.0, files).files or ()
    assert file.description == "AI-generated image (Draft): a secret"


def test_a_file_of_an_earlier_version_gets_one_when_it_is_sent_again() -> None:
    assert renewed_text("Draft", "draft-1.png", "a fox") == "AI-generated image (Draft): a fox"
    assert renewed_text(None, "draft-1.png", "a fox") == "AI-generated image: a fox"
    now = alternative_text("draft-1.png", "Draft", "a fox")
    assert renewed_text(now, "draft-1.png", "another") == now
