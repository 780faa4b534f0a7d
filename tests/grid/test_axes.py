"""What an axis of a grid says: lists, ranges, drawn seeds and choices of the prompt."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_ui.grid.axes import MOST_CELLS, AxisValues, Kind, RandomSeeds, choices_in, read_axis

OPTIONS: dict[str, Kind] = {
    "steps": "number",
    "guidance": "number",
    "strength": "number",
    "seed": "number",
    "model": "text",
    "lora": "text",
    "size": "text",
    "tiling": "truth",
}


def read(text: str, prompt: str = "a fox") -> AxisValues | RandomSeeds | str:
    return read_axis(text, prompt, OPTIONS)


@pytest.mark.parametrize(
    ("text", "option", "values"),
    [
        ("steps 10..30 by 10", "steps", (10, 20, 30)),
        ("Steps: 30..10 by 10", "steps", (30, 20, 10)),
        ("steps 1 to 3", "steps", (1, 2, 3)),
        ("steps 1…3, 9", "steps", (1, 2, 3, 9)),
        ("cfg 3, 5, 7.5", "guidance", (3, 5, 7.5)),
        ("strength 0.2..0.8 by 0.2", "strength", (0.2, 0.4, 0.6, 0.8)),
        ("strength 0.1..0.35 by 0.1", "strength", (0.1, 0.2, 0.3)),
        ("seed=1, 2, 2, 3", "seed", (1, 2, 3)),
        ("model a, b model", "model", ("a", "b model")),
        ("lora detail:0.4, detail:0.8", "lora", ("detail:0.4", "detail:0.8")),
        ("lora detail:0.2..0.6 by 0.2", "lora", ("detail:0.2", "detail:0.4", "detail:0.6")),
        ("lora detail: 1..0 by 0.5, b", "lora", ("detail:1", "detail:0.5", "detail:0", "b")),
        ("lora b, detail:.2..0.4 by .2 | b", "lora", ("b, detail:0.2", "b, detail:0.4", "b")),
        ('model "a, b", c, “d”', "model", ("a, b", "c", "d")),
        ('model "a|b" | c', "model", ("a|b", "c")),
        ('model 12" disk, 14" disk, "', "model", ('12" disk', '14" disk', '"')),
        ('model "a|b", c', "model", ("a|b", "c")),
        ('lora "a, b":0.4, c', "lora", ('"a, b":0.4', "c")),
        ('lora “a, b” : 0..1 by 0.5, "a, b"', "lora", ("“a, b” :0", "“a, b” :0.5", "“a, b” :1", '"a, b"')),
        ("size 512x512, portrait, 3:2", "size", ("512x512", "portrait", "3:2")),
        ("tiling true, false", "tiling", (True, False)),
        ("tiling Off | on, yes", "tiling", (False, "on, yes")),
        ("tiling no, yes, true", "tiling", (False, True)),
        ("cfg .5, +1", "guidance", (0.5, 1)),
        ("lora a:0.4, b | a:0.8", "lora", ("a:0.4, b", "a:0.8")),
        ("ar 1:1, 16:9", "size", ("1:1", "16:9")),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, option: str, values: tuple[object, ...]) -> None:
    axis = read(text)
    assert isinstance(axis, AxisValues), axis
    assert (axis.option, axis.values) == (option, values)


def test_seeds_can_be_drawn() -> None:
    assert read("seed 4 random") == RandomSeeds(4)
    assert isinstance(read("steps 4 random"), str)
    assert "30 images" in str(read("seed 30 random"))


def test_an_option_without_values_is_asked_for_them() -> None:
    assert read("steps") == "Write the values after `steps`, with commas between them."


@pytest.mark.parametrize("text", ["512..1024", "512 to 1024 by 128", "64, 512x512…1024x1024", "ar 1:1..16:9"])
def test_a_size_has_no_range_and_the_answer_says_what_it_takes(text: str) -> None:
    told = read(text if text.startswith("ar") else f"size {text}")
    assert "A size has no range" in str(told)
    assert "`size 512x512, 768x768` or `size portrait, square`" in str(told)


def test_a_choice_stands_in_the_prompt() -> None:
    prompt = "a {2::red|blue {fox|hare}} in {a wood|town}"
    assert choices_in(prompt) == ["{2::red|blue {fox|hare}}", "{a wood|town}"]
    axis = read("{2::red|blue {fox|hare}}", prompt)
    assert isinstance(axis, AxisValues)
    assert axis.values == ("red", "blue {fox|hare}")
    assert isinstance(read("{red|blue}", prompt), str)
    assert isinstance(read("{red}", "a {red}"), str)


@given(
    st.decimals(-1000, 1000, places=2),
    st.decimals("0.01", 100, places=2),
    st.integers(0, MOST_CELLS - 1),
    st.booleans(),
)
def test_a_range_has_the_numbers_that_people_write(first: Decimal, step: Decimal, more: int, down: bool) -> None:
    last = first + (-1 if down else 1) * step * more
    axis = read(f"guidance {first}..{last} by {step}")
    assert isinstance(axis, AxisValues)
    assert len(axis.values) == more + 1
    for number, (value, label) in enumerate(zip(axis.values, axis.labels, strict=True)):
        assert Decimal(str(value)) == first + (-1 if down else 1) * step * number
        assert len(label) <= len("-1000.00") + 2
        assert str(value) == label


@given(st.text(max_size=80), st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_words(text: str, prompt: str) -> None:
    for typed in (text, f"steps {text}", f"model {text}", f"{{{text}}}"):
        axis = read(typed, prompt + typed)
        if isinstance(axis, AxisValues):
            assert 0 < len(axis.values) == len(axis.labels) <= MOST_CELLS
        elif isinstance(axis, str):
            assert axis
