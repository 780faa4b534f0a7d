"""A name is found by any part of it, with its folder or without, whatever stands between its words."""

import pytest

from bot.workflows.name_search import matches, search, short_name

NAMES = (
    "sdxl/Film_Grain-v2.safetensors",
    "sdxl\\grainy.safetensors",
    "detail.safetensors",
    "detail_tweaker.safetensors",
    "sd15/detail.safetensors",
)


def test_a_short_name_has_neither_folder_nor_ending() -> None:
    assert [short_name(one) for one in NAMES] == ["Film_Grain-v2", "grainy", "detail", "detail_tweaker", "detail"]
    assert short_name("dpmpp_2m") == "dpmpp_2m"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("film grain", [NAMES[0]]),
        ("GRAIN", [NAMES[1], NAMES[0]]),
        ("sdxl/gr", [NAMES[1]]),
        ("sd15", [NAMES[4]]),
        ("detail", [NAMES[2], NAMES[4], NAMES[3]]),
        ("", list(NAMES)),
        ("nothing", []),
    ],
)
def test_search_puts_the_likeliest_first(typed: str, found: list[str]) -> None:
    assert search(NAMES, typed) == found


def test_a_file_can_be_named_by_its_folder_and_name_though_others_begin_like_it() -> None:
    names = ("a/anime.safetensors", "a/anime-v2.safetensors", "b/anime.safetensors")
    assert [matches(names, typed) for typed in ("a/anime", "A\\Anime", "b/anime")] == [
        [names[0]],
        [names[0]],
        [names[2]],
    ]
    assert matches(names, "anime") == [names[0], names[2]]


def test_a_sampler_is_found_as_other_programs_write_it() -> None:
    assert matches(("dpmpp_2m_sde", "dpmpp_2m", "euler"), "DPM++ 2M") == ["dpmpp_2m"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("detail.safetensors", [NAMES[2]]),
        ("sd15/detail.safetensors", [NAMES[4]]),
        ("sdxl/grainy.safetensors", [NAMES[1]]),
        ("film grain v2", [NAMES[0]]),
        ("grainy", [NAMES[1]]),
        ("tweak", [NAMES[3]]),
        ("detail", [NAMES[2], NAMES[4]]),
        ("nothing", []),
        ("", []),
    ],
)
def test_a_name_means_one_file_or_says_which_it_may_mean(typed: str, found: list[str]) -> None:
    assert matches(NAMES, typed) == found
