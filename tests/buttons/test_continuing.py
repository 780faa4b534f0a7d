"""Which workflow varies an image and which enlarges it, and what is offered under a job. Pure."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.discord_ui.images.vary_values import vary_strengths
from bot.messages import result_buttons
from bot.workflows import Continuations, Pack
from bot.workflows.library.continuations import enlargement_of, variation_of
from bot.workflows.manifests.pack import load_packs
from tests.commands.packs import ENLARGE_MANIFEST, INVERT, PAINT, PAINT_MANIFEST, RESTYLE, RESTYLE_MANIFEST, pack
from tests.jobs import a_job

SHIPPED = Path(__file__).parents[2] / "workflows"


@pytest.fixture
def paint(tmp_path: Path) -> Pack:
    return pack(tmp_path, PAINT, PAINT_MANIFEST, "paint")


@pytest.fixture
def restyle(tmp_path: Path) -> Pack:
    return pack(tmp_path, RESTYLE, RESTYLE_MANIFEST.replace('command = "restyle"', ""), "again")


@pytest.fixture
def enlarge(tmp_path: Path) -> Pack:
    return pack(tmp_path, INVERT, ENLARGE_MANIFEST, "enlarge")


def test_of_those_that_ship_the_ones_made_for_it_are_taken() -> None:
    packs = load_packs(SHIPPED)[0].values()
    vary, upscale = variation_of(packs), enlargement_of(packs)
    assert vary is not None
    assert upscale is not None
    assert (vary.name, upscale.name) == ("image_to_image", "upscale")
    # Neither a mask nor a film is what “Vary” means.
    assert variation_of([one for one in packs if one.name != "image_to_image"]) is None


def test_any_pack_that_asks_for_a_picture_and_words_varies(paint: Pack, restyle: Pack, enlarge: Pack) -> None:
    assert variation_of([paint, enlarge]) is None
    assert variation_of([paint, enlarge, restyle]) == restyle
    known = replace(restyle, name="known", command="restyle")
    assert variation_of([restyle, known]) == known


def test_an_upscaler_is_known_by_its_command_or_its_name(paint: Pack, enlarge: Pack) -> None:
    unnamed = replace(enlarge, command=None)
    assert enlargement_of([paint, unnamed]) is None
    named = replace(unnamed, name="7/upscale")
    assert enlargement_of([unnamed, named]) == named


def test_a_guilds_own_comes_first_and_one_for_some_channels_last(enlarge: Pack) -> None:
    own, adult = replace(enlarge, name="7/mine"), replace(enlarge, name="7/other", nsfw=True)
    assert enlargement_of([enlarge, adult]) == enlarge
    assert enlargement_of([enlarge, adult, own]) == own


@pytest.mark.parametrize(
    ("changes", "files", "expected"),
    [
        ({}, ["a.png"], "Again Vary Edit Upscale Recipe Delete Report"),
        ({"private": True}, ["a.png"], "Publish Again Vary Edit Upscale Recipe Delete"),
        ({"private": True, "guild_id": None}, ["a.png"], "Again Vary Edit Upscale Recipe Delete"),
        ({"values": {"seed": 1}}, ["a.png"], "Again Upscale Recipe Delete Report"),
        ({}, ["film.mp4"], "Again Edit Recipe Delete Report"),
        ({}, [], "Again Edit Recipe Delete"),
    ],
    ids=["picture", "private", "in direct messages", "without words", "film", "texts alone"],
)
def test_only_what_can_be_done_is_offered(
    restyle: Pack, enlarge: Pack, changes: dict[str, Any], files: list[str], expected: str
) -> None:
    buttons = result_buttons(a_job(**changes), files, Continuations(restyle, enlarge))
    assert [button.label for button in buttons] == expected.split()
    assert len({button.custom_id for button in buttons}) == len(buttons)


def test_where_no_workflow_goes_on_nothing_is_promised() -> None:
    labels = [button.label for button in result_buttons(a_job(), ["a.png"], Continuations())]
    assert labels == ["Again", "Edit", "Recipe", "Delete", "Report"]


@pytest.mark.parametrize(
    ("denoise", "more", "expected"),
    [
        (0.6, "", {"subtle": 0.35, "strong": 0.7}),
        (1.0, "", {"subtle": 0.6, "strong": 0.9}),
        (0.6, "min = 0.55\nmax = 0.6", {}),
        (0.6, "default = 0.3", {"subtle": 0.2, "strong": 0.35}),
        (0.6, "step = 0.01", {"subtle": 0.36, "strong": 0.72}),
        (0.01, "", {}),
    ],
    ids=["its own", "the whole", "hardly any room", "its default", "fine steps", "next to none"],
)
def test_a_variation_changes_less_or_more_than_its_workflow_would(
    tmp_path: Path, denoise: float, more: str, expected: dict[str, float]
) -> None:
    graph = RESTYLE | {"3": {**RESTYLE["3"], "inputs": {**RESTYLE["3"]["inputs"], "denoise": denoise}}}
    restyle = pack(tmp_path, graph, f'{RESTYLE_MANIFEST}[parameters.strength]\ntarget = ["KSampler.denoise"]\n{more}')
    assert vary_strengths(restyle) == expected


def test_without_a_strength_there_is_nothing_to_choose(restyle: Pack) -> None:
    assert vary_strengths(restyle) == {}
