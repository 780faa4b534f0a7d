"""Options at the end of prompts, as people paste them from Midjourney and Stable Diffusion bots. Pure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.workflows.prompts.trailing_options import peel_options, without_seed

DASHES = ("——", "–-", "-—", "---", "―", *(2 * sign for sign in "\u2010\u2011\u2212\u30fc\uff0d"))
PASTED = [
    ("a fox --ar 16:9", "a fox", ["size 16:9"]),
    ("a fox —ar 16:9 —seed 5", "a fox", ["size 16:9", "seed 5"]),
    ("a fox –steps 20", "a fox", ["steps 20"]),
    ("a fox --ar 16 : 9 --seed 5", "a fox", ["size 16 : 9", "seed 5"]),
    ("a fox --size 1024 x 768.", "a fox", ["size 1024 x 768"]),
    ("a fox --AR 3:2, --Seed=7.", "a fox", ["size 3:2", "seed 7"]),
    ("a fox\n--aspect 1:1\n--no text, hands\n--cfg 4.5", "a fox", ["size 1:1", "negative text, hands", "guidance 4.5"]),
    ("a fox, --neg blurry --negative low quality", "a fox,", ["negative blurry", "negative low quality"]),
    (
        "a fox --model juggernaut xl --sampler dpmpp 2m --n 2",
        "a fox",
        ["model juggernaut xl", "sampler dpmpp 2m", "count 2"],
    ),
    ("a fox --style raw --v 6.1 --stylize 250", "a fox", ["style raw", "- 6.1", "- 250"]),
    ("portrait --chaos 20 --q 2 --iw .5 --tile --niji 6", "portrait", ["- 20", "- 2", "- .5", "- ", "- 6"]),
    ("hero --sref https://x.example/a.png 123::2 --cref https://x.example/b.png --cw 50", "hero", None),
    ("hero --p abcdefg --raw --fast --s 50", "hero", ["- abcdefg", "- ", "- ", "- 50"]),
    (
        'a fox --lora detail:0.8, film grain --no "red hats"',
        "a fox",
        ["lora detail:0.8, film grain", "negative red hats"],
    ),
    ("a fox --strength .5 --size 1024x768 --guidance 3 --count 4", "a fox", None),
    *((f"a fox {dash}ar 16:9", "a fox", ["size 16:9"]) for dash in DASHES),
    ("قطة \u200f--ar 16:9\u200f --no\u200b text\u200b", "قطة", ["size 16:9", "negative text"]),
    ("a fox --ar: 16:9 --cfg: 7", "a fox", ["size 16:9", "guidance 7"]),
    ("a fox,--ar 16:9,--seed 5", "a fox,", ["size 16:9", "seed 5"]),
    (
        "a fox --aspect-ratio 3:2 --negative-prompt a, b --denoise .4",
        "a fox",
        ["size 3:2", "negative a, b", "strength .4"],
    ),
    ("a fox --scale 7 --sampler_name euler --checkpoint xl", "a fox", ["guidance 7", "sampler euler", "model xl"]),
]


@pytest.mark.parametrize(("prompt", "text", "options"), PASTED)
def test_they_are_taken_from_the_prompt(prompt: str, text: str, options: list[str] | None) -> None:
    peeled = peel_options(prompt)
    assert peeled.problems == ()
    assert peeled.text == text
    if options is not None:
        assert [f"{flag.option or '-'} {flag.value}" for flag in peeled.flags] == options


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox",
        "a man—tall and tired—by the sea",
        "the sea — no land in sight",
        "the old port —beautiful",
        "well-known artist, half--hidden face",
        "a terminal that shows git commit --no-verify",
        "a man --tall and tired-- walks",
        r"a sign that says \--ar 16:9",
        "a -- b --",
        "red,--blue",
        "コーヒーーar 16:9",
        "{red --ar|blue}",
    ],
)
def test_what_is_no_option_is_text(prompt: str) -> None:
    assert peel_options(prompt) == peel_options(prompt).__class__(prompt)


@pytest.mark.parametrize(
    ("prompt", "code", "value", "limit"),
    [
        ("a fox --stpes 20", "option_unknown", "stpes", ("steps",)),
        ("a fox --ar 16:9 in the snow", "option_not_last", "ar", "in the snow"),
        ("a fox --tile in the snow", "option_not_last", "tile", "in the snow"),
        ("a fox --ar 16:9 --tall and tired", "option_not_last", "ar", "--tall and tired"),
        ("a fox --ar --seed 5", "option_empty", "ar", None),
        ("a fox --no", "option_empty", "no", None),
        ("a fox --steps many", "option_number", "steps", "many"),
        ("a fox --seed 1.5", "option_number", "seed", "1.5"),
    ],
)
def test_what_is_wrong_with_one_is_named(prompt: str, code: str, value: str, limit: object) -> None:
    (problem,) = peel_options(prompt).problems
    assert (problem.code, problem.value, problem.limit) == (code, value, limit)


def test_the_last_one_counts_except_where_they_add_up() -> None:
    peeled = peel_options("a --steps 5 --no x --steps 9 --no y --lora a --lora b --v 6")
    assert [flag.written for flag in peeled.counting] == ["--no x", "--steps 9", "--no y", "--lora a", "--lora b"]


def test_another_image_keeps_all_but_the_seed() -> None:
    assert without_seed("a fox --ar 16:9 --seed 5 --no text") == "a fox --ar 16:9 --no text"
    assert without_seed("a fox —seed 5") == "a fox"
    assert without_seed("a  fox\n--ar 16:9") == "a  fox\n--ar 16:9"


words = st.sampled_from(
    ["a", "fox", "--ar", "16:9", "--no", "—v", "——ar", "6", "--x", "--", "—", "=", "\n", ",", ",--no", "--seed", "5"]
)


@given(st.lists(words, max_size=12).map(" ".join) | st.text(max_size=80))
@settings(max_examples=1000)
def test_nothing_is_lost(prompt: str) -> None:
    """What is not in the text is in an option; with a problem, the prompt is as it was."""
    peeled = peel_options(prompt)
    if peeled.problems or not peeled.flags:
        assert peeled.text == prompt
    else:
        left = prompt[len(peeled.text) :]
        assert prompt.startswith(peeled.text)
        kept = "".join(flag.written for flag in peeled.flags).casefold()
        for word in left.split():
            bare = word.strip('—–-=,;."“”').casefold()
            assert bare in kept
