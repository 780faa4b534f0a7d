"""A guild's word list: what is meant is found however it is written, and no pattern hangs the bot."""

import pytest

from bot.ledger import WordRule
from bot.moderation.words.word_rules import LONGEST_RULE, rule_fault, strictest

LONG = "a" * 6000


def rule(kind: str, text: str, action: str = "refuse", number: int = 1) -> WordRule:
    return WordRule(number, 100, kind, text, action, 1)


@pytest.mark.parametrize(
    "written",
    [
        "badword",
        "BadWord!",
        "a (badword:1.3), please",
        "b\u200ba\u200dd\u2060word",
        "bаdwоrd",  # noqa: RUF001 - two letters are Cyrillic
        "ｂａｄｗｏｒｄ",  # noqa: RUF001 - full width
        "𝓫𝓪𝓭𝔀𝓸𝓻𝓭",  # noqa: RUF001 - mathematical letters
        "b\u00e1dw\u00f6rd",
        "b̶a̶d̶w̶o̶r̶d̶",
        "b a d w o r d",
        "b.a.d.w.o.r.d",
        "b-a-d-w-o-r-d",
        "b_a_d_w_o_r_d",
        "bad\u00adword",
        "a b a d w o r d",
        "b a d w o r d a",
    ],
)
def test_a_word_is_found_however_it_is_written(written: str) -> None:
    assert strictest((rule("word", "badword"),), [f"an image of {written}"]) is not None


@pytest.mark.parametrize("written", ["badwords", "a bad word", "notbadword", "grass", ""])
def test_a_word_is_not_found_in_another(written: str) -> None:
    assert strictest((rule("word", "badword"),), [written]) is None


def test_the_rule_itself_may_be_written_as_it_likes() -> None:
    assert strictest((rule("word", "BÁD\u200bWORD"),), ["badword"]) is not None


def test_a_phrase_is_found_across_whatever_stands_between_its_words() -> None:
    phrase = (rule("phrase", "very bad thing"),)
    assert strictest(phrase, ["a VERY, bad\n\u200bthing!"]) is not None
    assert strictest(phrase, ["a very bad and ugly thing"]) is None
    assert strictest(phrase, ["every bad thing"]) is None


def test_a_phrase_of_a_script_without_spaces_is_found_anywhere() -> None:
    assert strictest((rule("phrase", "小さい 女の子"),), ["絵の中の小さい  女の子が笑う"]) is not None
    assert strictest((rule("phrase", "nude 女"),), ["one nude 女人"]) is not None
    assert strictest((rule("phrase", "小さい 女の子"),), ["小さい男の子"]) is None


def test_a_rule_in_a_script_without_spaces_may_be_one_character_but_one_word() -> None:
    assert rule_fault("word", "裸！") is None  # noqa: RUF001 - full width
    assert rule_fault("word", "裸 体") is not None
    assert rule_fault("phrase", "裸 体") is None


def test_the_strictest_rule_counts() -> None:
    rules = (
        rule("word", "blood", "spoiler", 1),
        rule("phrase", "red blood", "hold", 2),
        rule("pattern", "gore+", "refuse", 3),
    )
    found = [strictest(rules, [text]) for text in ("blood", "red blood", "red blood and goreee", "a cat")]
    assert [one.action if one is not None else None for one in found] == ["spoiler", "hold", "refuse", None]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)+b",
        r"(a*)*b",
        r"(?:a{1,30}){1,30}b",
        r"((a?){30}a{30})+b",
        r"(.*)(.*)(.*)(.*)x",
        r"^(([a-z])+.)+[A-Z]b",
    ],
)
def test_a_pattern_that_would_never_end_elsewhere_ends(pattern: str) -> None:
    if rule_fault("pattern", pattern) is None:
        # Were it to backtrack, this would not come back before the sun has burnt out.
        strictest((rule("pattern", pattern),), [LONG + "!"])


@pytest.mark.parametrize("text", ["(", "a{2,1}", "(?=a)", r"(a)\1", "[z-a]", "((a{500}){500}){500}"])
def test_what_cannot_be_a_pattern_is_refused_with_a_reason(text: str) -> None:
    fault = rule_fault("pattern", text)
    assert fault is not None
    assert fault.startswith("That isn’t a valid RE2 pattern")
    assert "b'" not in fault


def test_a_pattern_that_would_cost_every_prompt_dearly_is_refused() -> None:
    assert rule_fault("pattern", "(?:a{1,30}){1,30}b") == "That pattern is too complex. Use fewer repetitions."


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("word", "two words"),
        ("word", "!?"),
        ("word", "a$$"),
        ("word", "c++"),
        ("phrase", "\u200b"),
        ("word", "x" * (LONGEST_RULE + 1)),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_a_reason(kind: str, text: str) -> None:
    assert rule_fault(kind, text)


def test_a_rule_that_can_be_read_no_more_keeps_nobody_from_ordering() -> None:
    assert strictest((rule("pattern", "("), rule("word", "bad", number=2)), ["a cat"]) is None
