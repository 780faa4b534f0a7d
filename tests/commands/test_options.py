"""A pack's parameters as options of a slash command, and the commands as Discord receives them."""

from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_ui.core.commands.options import legal_name, options_of, unique_names
from bot.discord_ui.core.commands.plan import plan
from bot.discord_ui.requests.imagine.sizes import read_size, suggested_sizes, takes_size
from bot.discord_ui.requests.pack_commands import pack_command, suggestions
from bot.workflows import Pack
from tests.commands.packs import EVERY_TYPE, INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, pack
from tests.discord_openapi import check
from tests.discord_openapi.command_rules import legal_name as discord_takes


def payload(given_pack: Pack, name: str = "everything") -> dict[str, Any]:
    """As discord.py sends it; what Discord would refuse fails here."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    command = pack_command(given_pack, name).to_dict(tree)
    verdict = check("PUT", "/applications/1/commands", [command])
    assert not verdict.refused
    assert not verdict.reported
    return command


def option(command: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in command["options"] if one["name"] == name)


def parameters(count: int, more: str = "") -> str:
    return "\n".join(f'[parameters.p{n}]\ntarget = ["KSampler.steps"]\n{more}' for n in range(count))


def test_every_type_is_an_option_of_its_own_kind(tmp_path: Path) -> None:
    command = payload(pack(tmp_path, PAINT, EVERY_TYPE))
    assert [one["name"] for one in command["options"]] == [
        *("prompt", "steps", "cfg", "sampler_name", "scheduler", "checkpoint", "seed", "private"),
    ]
    assert option(command, "prompt") == {
        "type": 3,
        "name": "prompt",
        "description": "What it shows",
        "required": True,
        "min_length": 1,
        "max_length": 6000,
    }
    assert option(command, "steps")["type"] == 4
    assert option(command, "steps")["max_value"] == 30
    assert "min_value" not in option(command, "steps")
    assert option(command, "seed")["max_value"] == 2**53 - 1
    assert (option(command, "cfg")["type"], option(command, "cfg")["max_value"]) == (10, 12.5)
    assert option(command, "sampler_name")["choices"] == [
        {"name": "euler", "value": "euler"},
        {"name": "dpmpp_2m", "value": "dpmpp_2m"},
    ]
    assert option(command, "checkpoint")["autocomplete"]
    assert "choices" not in option(command, "checkpoint")


def test_a_picture_is_an_attachment_and_yes_or_no_a_boolean(tmp_path: Path) -> None:
    graph = INVERT | {"9": {"class_type": "Switch", "inputs": {"on": True}}}
    manifest = INVERT_MANIFEST + '[parameters.on]\ntarget = ["9.on"]\n'
    command = payload(pack(tmp_path, graph, manifest))
    assert option(command, "image") == {
        "type": 11,
        "name": "image",
        "description": "The image to turn round",
        "required": True,
    }
    assert option(command, "on")["type"] == 5


def test_a_fixed_value_of_the_operator_is_no_option(tmp_path: Path) -> None:
    assert "prefix" not in {one.name for one in options_of(pack(tmp_path, PAINT, EVERY_TYPE))}


def test_more_choices_than_discord_shows_are_suggested(tmp_path: Path) -> None:
    listed = ", ".join(f'"style {n}"' for n in range(26))
    manifest = f'command = "x"\n[parameters.style]\ntarget = ["positive.text"]\nchoices = [{listed}]'
    command = payload(pack(tmp_path, PAINT, manifest))
    assert option(command, "style")["autocomplete"]
    assert "choices" not in option(command, "style")


def test_long_lists_that_are_too_much_together_are_suggested(tmp_path: Path) -> None:
    lists = [", ".join(f'"{letter * 90}{n:02}"' for n in range(25)) for letter in "abc"]
    manifest = "\n".join(
        f'[parameters.style{n}]\ntarget = ["positive.text"]\nchoices = [{listed}]' for n, listed in enumerate(lists)
    )
    command = payload(pack(tmp_path, PAINT, manifest))
    assert [bool(one.get("autocomplete")) for one in command["options"]].count(True) == 2


def test_required_ones_come_first_and_twenty_five_fit(tmp_path: Path) -> None:
    manifest = parameters(30) + '\n[parameters.last]\ntarget = ["positive.text"]\nrequired = true\n'
    made = pack(tmp_path, PAINT, 'command = "many"\n' + manifest)
    command = payload(made)
    assert len(command["options"]) == 25
    assert command["options"][0]["name"] == "last"
    planned = plan([made], taken=())
    assert list(planned.packs) == ["many"]
    assert "p24" in planned.faults[0].faults[0]


def test_what_has_a_default_need_not_be_given(tmp_path: Path) -> None:
    manifest = parameters(1, "required = true\ndefault = 12")
    (steps,) = options_of(pack(tmp_path, PAINT, manifest))
    assert not steps.required
    assert "12" in steps.description


def test_descriptions_are_cut(tmp_path: Path) -> None:
    manifest = f'description = "{"long " * 60}"\n' + parameters(1, f'description = "{"d" * 300}"')
    command = payload(pack(tmp_path, PAINT, manifest))
    assert len(command["description"]) <= 100
    assert len(command["options"][0]["description"]) == 100


def test_blank_words_of_an_author_do_not_cost_everybody_the_commands(tmp_path: Path) -> None:
    manifest = 'title = " "\ndescription = " "\n' + parameters(1, 'description = " "')
    blank = '[parameters.style]\ntarget = ["positive.text"]\nchoices = [" ", "ink"]\ndescription = "\u2003"'
    command = payload(pack(tmp_path, PAINT, f"{manifest}\n{blank}"))
    assert command["description"] == "everything"
    assert option(command, "style")["autocomplete"]


def test_an_author_and_a_server_who_contradict_each_other_break_nothing(tmp_path: Path) -> None:
    manifest = parameters(1, "min = 5\nmax = 1e300")
    steps, _ = payload(pack(tmp_path, PAINT, manifest))["options"]
    assert steps["min_value"] == 5
    assert "max_value" not in steps


@given(st.lists(st.text(max_size=60), max_size=25, unique=True))
def test_any_names_become_legal_and_differ(names: list[str]) -> None:
    made = unique_names(names)
    assert list(made) == names
    assert len(set(made.values())) == len(names)
    for name in made.values():
        assert 1 <= len(name) <= 32
        assert discord_takes(name)
        app_commands.commands.validate_name(name)


@pytest.mark.parametrize(
    ("written", "name"), [("Sampler Name", "sampler_name"), ("CFG!", "cfg"), ("größe", "größe"), ("!!", "")]
)
def test_names_stay_readable(written: str, name: str) -> None:
    assert legal_name(written) == name


def named(tmp_path: Path, *commands: str) -> list[Pack]:
    return [
        pack(tmp_path, PAINT, f'command = "{command}"\n' + parameters(1), f"pack{n}")
        for n, command in enumerate(commands)
    ]


def test_a_name_that_is_taken_is_a_fault_of_that_pack_alone(tmp_path: Path) -> None:
    planned = plan(named(tmp_path, "paint", "cancel", "paint", "Not Legal"), taken={"cancel", "imagine"})
    assert {name: one.name for name, one in planned.packs.items()} == {"paint": "pack0"}
    assert [fault.name for fault in planned.faults] == ["pack1", "pack2", "pack3"]
    assert "taken" in planned.faults[0].faults[0]
    assert "not_legal" in planned.faults[2].faults[0]


def test_more_commands_than_discord_takes_are_left_out(tmp_path: Path) -> None:
    planned = plan(named(tmp_path, "one", "two", "three"), taken=(), room=2)
    assert list(planned.packs) == ["one", "two"]
    assert planned.faults[0].name == "pack2"


def test_imagine_is_reached_through_imagine(tmp_path: Path) -> None:
    manifest = 'command = "imagine"\n[parameters.prompt]\ntarget = ["positive.text"]'
    assert plan([pack(tmp_path, PAINT, manifest)], taken={"imagine"}).packs == {}
    assert plan([pack(tmp_path, PAINT, manifest)], taken={"imagine"}).faults == ()


def test_a_pack_that_nothing_leads_to_is_a_fault(tmp_path: Path) -> None:
    (fault,) = plan([pack(tmp_path, PAINT, parameters(1))], taken=()).faults
    assert "command" in fault.faults[0]


def test_suggestions_hold_what_was_typed_and_fit_discord() -> None:
    choices = [f"sdxl/Model {n}.safetensors" for n in range(40)] + ["x" * 120, ""]
    assert [one.value for one in suggestions(choices, "MODEL 39")] == ["sdxl/Model 39.safetensors"]
    assert len(suggestions(choices, "")) == 25


def test_sizes_are_read_as_members_write_them(tmp_path: Path) -> None:
    painting = pack(tmp_path, PAINT, PAINT_MANIFEST.replace("EmptyLatentImage", "5"))
    assert takes_size(painting)
    for text in ("1024x768", "1024 x 768", "1024×768", "1024*768", " 1024X768 "):
        assert read_size(painting, text) == (1024, 768)
    assert read_size(painting, "Square") == (64, 64)
    assert read_size(painting, "huge") is None
    assert "Square: 64 x 64" in suggested_sizes(painting)
    assert not takes_size(pack(tmp_path, INVERT, INVERT_MANIFEST, "other"))


def test_a_shape_keeps_the_number_of_pixels(tmp_path: Path) -> None:
    graph = PAINT | {
        "5": {"class_type": "EmptyLatentImage", "inputs": PAINT["5"]["inputs"] | {"width": 1024, "height": 1024}}
    }
    painting = pack(tmp_path, graph, PAINT_MANIFEST)
    assert read_size(painting, "portrait") == (832, 1280)
    assert read_size(painting, "landscape") == (1280, 832)
