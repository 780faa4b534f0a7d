"""The public list of spellings is true, and nothing that anybody types takes long."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.ledger import WordRule
from bot.moderation.words.forms import forms_of
from bot.moderation.words.plain_letters import fold
from bot.moderation.words.readings import readings
from bot.moderation.words.word_rules import matching, strictest
from tests.words.page import FILE, page
from tests.words.spelling_list import Spelling, harmless, spellings

_LETTERS = st.text(alphabet="bcdfghlmnprstuvwz", min_size=3, max_size=12)
_JOINTS = st.sampled_from(["", "\u200b", "\u00ad", "\u3164", "\u2800", "\ufe0f", "-", ".", "_", "/", "·", "(", ")"])


def rule(text: str, kind: str = "word", *, forms: bool = False) -> WordRule:
    return WordRule(1, 100, kind, text, "refuse", 1, forms)


def is_found(word: str, text: str, *, forms: bool = False) -> bool:
    return strictest((rule(word, forms=forms),), [text]) is not None


@pytest.mark.parametrize("spelling", spellings(), ids=lambda one: one.how)
def test_each_spelling_is_caught_or_missed_as_listed(spelling: Spelling) -> None:
    for around in ("{}", "a photo of {}, at night", "({}:1.2)", "x\n{}\nx"):
        found = is_found(spelling.word, around.replace("{}", spelling.text), forms=spelling.forms)
        assert found is spelling.caught, around
    assert spelling.caught or spelling.why


@pytest.mark.parametrize(("word", "text"), harmless())
@pytest.mark.parametrize("forms", [False, True])
def test_ordinary_words_are_not_taken_for_listed_ones(word: str, text: str, forms: bool) -> None:
    assert not is_found(word, text, forms=forms)
    assert not is_found(word, f"a photo, {text}, at night", forms=forms)


@pytest.mark.parametrize(
    "text", ["very  bad-thing", "v3ry b@d th1ng", "veeeery bad thiiiing", "ᴠᴇʀʏ 🅱🅰🅳 thing", "v e r y b a d t h i n g"]
)
def test_a_phrase_is_found_in_the_same_spellings(text: str) -> None:
    assert strictest((rule("very bad thing", "phrase"),), [f"a {text} happens"]) is not None


def test_a_pattern_sees_every_reading() -> None:
    for text in ("x 🅽🆄🅳🅴woman", "nu\u200bdewoman", "nu\u3164dewoman", "(nu:1.1)dewoman"):
        assert strictest((rule("nu\\W*dew", "pattern"),), [text]) is not None


def test_forms_are_those_that_are_promised() -> None:
    assert {"nude", "nudes", "nuded", "nuding", "nudity", "nudeness"} <= forms_of("nude")
    assert {"bodies", "bodied"} <= forms_of("body")
    assert not {"nuder", "nudey", "nudist"} & forms_of("nude")
    assert {"stripped", "stripping", "strips"} <= forms_of("strip")


def test_every_rule_that_matches_is_named_once() -> None:
    rules = (rule("nude"), WordRule(2, 100, "word", "cat", "hold", 1), WordRule(3, 100, "word", "dog", "hold", 1))
    assert {one.text for one in matching(rules, ["a nude cat", "NUDE", "c a t"])} == {"nude", "cat"}


@given(_LETTERS, st.lists(_JOINTS, min_size=12, max_size=12))
def test_nothing_between_its_letters_hides_a_word(word: str, joints: list[str]) -> None:
    text = "".join(letter + joint for letter, joint in zip(word, joints, strict=False))
    assert is_found(word, f"some {text} there")


@given(_LETTERS, st.integers(0, 11), st.integers(3, 40))
def test_a_stretched_word_is_found(word: str, place: int, times: int) -> None:
    place %= len(word)
    text = word[:place] + word[place] * times + word[place + 1 :]
    assert is_found(word, text)


@given(st.text(max_size=200))
@example("Ꞟ")
def test_any_text_can_be_read(text: str) -> None:
    assert readings(text)
    assert fold(fold(text)) == fold(text)
    matching((rule("nude"), rule("a b", "phrase")), [text])


def test_the_public_list_shows_every_spelling_and_door() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run: python -m tests.words.page"


def test_a_long_list_and_a_hostile_prompt_are_read_in_steps_that_grow_with_their_length() -> None:
    rules = tuple(rule(f"{letter}{'xz' * length}") for letter in "abcdefghij" for length in range(1, 50))
    for text in ("a-", "a@", "[a|b]", "a\u200b", "4b-", ":1", "(", "nuu", "\ufdfa"):
        assert not matching(rules, [(text * 4000)[:6000]])
