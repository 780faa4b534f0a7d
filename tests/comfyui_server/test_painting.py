"""The painter: same words, same image; other words, another one; and it comes out of noise."""

import functools
import itertools

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.comfyui_server.painting import Scene, apply_look, develop, paint, restyle
from tests.comfyui_server.painting.looks import apply_styles
from tests.comfyui_server.painting.palette import words
from tests.comfyui_server.painting.reading import read
from tests.comfyui_server.painting.scenery import LANDSCAPES
from tests.comfyui_server.painting.subjects import BY_WORD

SIZE = (128, 96)


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean over all pixels and channels, from 0 to 255."""
    means = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return sum(means) / len(means)


def colour(picture: Image.Image) -> list[float]:
    return ImageStat.Stat(picture).mean


@functools.cache
def day() -> Image.Image:
    return paint(Scene("day", 1), *SIZE)


def test_the_same_words_and_seed_paint_the_same_picture() -> None:
    assert difference(paint(Scene("a cat", 1), *SIZE), paint(Scene("a cat", 1), *SIZE)) == 0


@pytest.mark.parametrize("other", [Scene("a cat", 2), Scene("a cat at night", 1)])
def test_another_seed_or_another_word_paints_another_picture(other: Scene) -> None:
    assert difference(paint(Scene("a cat", 1), *SIZE), paint(other, *SIZE)) > 5


@pytest.mark.parametrize("size", [(64, 64), (512, 512), (200, 120), (8, 8), (96, 256)])
def test_a_picture_has_the_size_asked_for(size: tuple[int, int]) -> None:
    picture = paint(Scene("a robot in the city at night", 3), *size)
    assert (picture.size, picture.mode) == (size, "RGB")


def test_a_larger_picture_shows_the_same_scene() -> None:
    small, large = paint(Scene("a castle", 5), 128, 128), paint(Scene("a castle", 5), 256, 256)
    stranger = paint(Scene("a castle", 6), 128, 128)
    assert difference(small, large.resize(small.size)) < difference(small, stranger) / 2


def test_a_colour_word_colours_the_picture() -> None:
    red, green, _ = colour(paint(Scene("red mountains", 1), *SIZE))
    assert red > green + 20
    red, green, _ = colour(paint(Scene("green mountains", 1), *SIZE))
    assert green > red + 20


def test_night_is_darker_than_day() -> None:
    night, day = (sum(colour(paint(Scene(f"a lake by {time}", 1), *SIZE))) for time in ("night", "day"))
    assert night < day / 2


@pytest.mark.parametrize(
    "place", ["sea", "forest", "city", "desert", "galaxy", "mountains", "meadow", "snow", "kitchen", "something else"]
)
def test_every_landscape_can_be_painted_by_night_and_by_day(place: str) -> None:
    for time in ("night", "day"):
        assert ImageStat.Stat(paint(Scene(f"{place} by {time}", 1), *SIZE).convert("L")).stddev[0] > 8


@pytest.mark.parametrize("word", sorted(BY_WORD))
def test_every_subject_changes_the_landscape_it_stands_in(word: str) -> None:
    subject = BY_WORD[word]
    assert subject.home in LANDSCAPES
    assert difference(paint(Scene(f"day {word}", 1), *SIZE), day()) > 1


def test_a_picture_sharpens_step_by_step_and_arrives() -> None:
    finished = paint(Scene("a cat", 1), 256, 256)
    distances = [difference(develop(finished, step / 8, 1), finished) for step in range(1, 9)]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > 20
    assert distances[-1] == 0


def test_a_restyled_picture_keeps_its_shapes_and_changes_its_colours() -> None:
    source = paint(Scene("a cat by day", 1), 256, 256)
    restyled = restyle(source, Scene("crimson night", 2), 0.8)
    stranger = paint(Scene("crimson night", 2), 256, 256)
    assert difference(source, restyled) > 5
    assert difference(source.convert("L"), restyled.convert("L")) < difference(source, stranger)
    assert colour(restyled)[0] - colour(restyled)[2] > colour(source)[0] - colour(source)[2]


@pytest.mark.parametrize("name", ["soft-light.safetensors", "film-grain.safetensors", "ink-lines.safetensors"])
def test_a_look_changes_the_image_as_much_as_its_weight_says(name: str) -> None:
    plain = day()
    half, whole = apply_look(plain, name, 0.5), apply_look(plain, name, 1.0)
    assert difference(plain, whole) > difference(plain, half) > 3


def test_a_name_that_says_nothing_changes_nothing() -> None:
    assert difference(day(), apply_look(day(), "sdxl_lightning_8step_lora.safetensors")) == 0


def test_two_prompts_with_the_same_seed_are_about_two_things() -> None:
    prompts = ["a red fox in the snow", "a lighthouse at dusk", "a bowl of ramen", "a dragon", "an old sailor"]
    subjects = [read(prompt).subject for prompt in prompts]
    assert None not in subjects
    assert len({id(subject) for subject in subjects}) == len(prompts)
    painted = [paint(Scene(prompt, 1), *SIZE) for prompt in prompts]
    assert all(difference(one, other) > 15 for one, other in itertools.combinations(painted, 2))


@pytest.mark.parametrize("prompt", ["ein Drache", "un dragon", "un dragón", "um dragão", "赤いドラゴン", "드래곤이"])
def test_a_subject_is_known_in_every_language_of_the_bot(prompt: str) -> None:
    assert read(prompt).subject is BY_WORD["dragon"]


def test_a_colour_before_the_subject_is_its_own_and_not_that_of_the_sky() -> None:
    reading = read("a green, old fox in the snow by day")
    assert reading.colour is not None
    assert reading.colour[1] > max(reading.colour[0], reading.colour[2])
    assert "green" not in reading.said
    assert reading.place == "snow"
    assert read("a fox in a green forest").colour is None


def test_a_portrait_shows_what_it_is_a_portrait_of() -> None:
    assert read("portrait of a fox").subject is BY_WORD["fox"]
    assert read("a portrait").subject is BY_WORD["portrait"]


@pytest.mark.parametrize(
    "style", ["watercolor", "oil painting", "pencil", "ink", "coloring page", "comic", "pixel art"]
)
def test_every_style_looks_different_from_no_style(style: str) -> None:
    plain = day()
    painted = apply_styles(plain, words(style))
    assert painted.size == plain.size
    assert difference(plain, painted) > 8
