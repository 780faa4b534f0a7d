"""The options of /imagine find the parameter of their meaning, whatever its author called it."""

from pathlib import Path

import pytest

from bot.workflows import Pack
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.manifests.pack import load_packs
from tests.workflows.samples import pack_of

PACKS = Path(__file__).parents[2] / "workflows"

SHIPPED: dict[str, dict[Meaning, str | None]] = {
    "text_to_image": {
        "guidance": "cfg",
        "model": "checkpoint",
        "steps": "steps",
        "sampler": "sampler",
        "strength": None,
    },
    "flux": {"guidance": "guidance", "model": None, "steps": "steps", "sampler": "sampler", "negative": None},
    "image_to_image": {"guidance": "cfg", "strength": "strength", "count": None},
    "image_to_video": {"guidance": None, "model": None, "steps": "steps", "count": None},
    "draft_and_refine": {"strength": "change", "model": "checkpoint", "guidance": None, "lora": None},
    "upscale": {"steps": None},
}


@pytest.mark.parametrize(
    ("pack", "meaning", "name"),
    [(pack, meaning, name) for pack, found in SHIPPED.items() for meaning, name in found.items()],
)
def test_a_shipped_pack_has_its_parameters_by_meaning(pack: str, meaning: Meaning, name: str | None) -> None:
    packs, faults = load_packs(PACKS)
    assert not faults
    found = parameter_for(packs[pack], meaning)

    assert (None if found is None else found.name) == name


def named(folder: Path, *parameters: str) -> Pack:
    """A pack with these parameters, each as `name = target`."""
    tables = [one.partition(" = ") for one in parameters]
    return pack_of(folder, "\n".join(f'[parameters.{name}]\ntarget = ["{target}"]' for name, _, target in tables))


def test_a_name_counts_before_an_input(tmp_path: Path) -> None:
    pack = named(tmp_path, "loops = 5.steps", "steps = 6.steps", "prompt = positive.text")
    found = parameter_for(pack, "steps")

    assert found is not None
    assert found.name == "steps"


def test_an_input_tells_the_meaning_of_a_name_that_says_nothing(tmp_path: Path) -> None:
    pack = named(tmp_path, "obedience = Sampler.cfg", "brush = Load Checkpoint.ckpt_name", "how = 5.sampler_name")
    meanings: tuple[Meaning, ...] = ("guidance", "model", "sampler")
    found = {meaning: one.name for meaning in meanings if (one := parameter_for(pack, meaning)) is not None}

    assert found == {"guidance": "obedience", "model": "brush", "sampler": "how"}


def test_what_the_operator_has_fixed_is_nobody_elses(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[parameters.steps]\ntarget = ["5.steps"]\nhidden = 12')

    assert parameter_for(pack, "steps") is None


def test_a_name_of_another_type_means_something_else(tmp_path: Path) -> None:
    pack = named(tmp_path, "model = 5.seed")

    assert parameter_for(pack, "model") is None
