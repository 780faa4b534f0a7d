"""Manifests: targets by title, by id and by class, types from the graph, and every fault in one reading."""

from pathlib import Path

import pytest

from bot.workflows import MAX_SEED
from tests.workflows.samples import faults_of, pack_of, write_pack

# --- What a manifest says


def test_a_pack_is_what_its_manifest_says(tmp_path: Path) -> None:
    pack = pack_of(
        tmp_path,
        """
        title = "A sample"
        description = "For tests"
        command = "sample"
        default = true
        nsfw = true

        [parameters.prompt]
        target = ["positive.text"]
        template = "ink, {value}"
        label = "Prompt"
        description = "What it shows"

        [outputs]
        stages = { Draft = "First", Final = "Last" }
        """,
    )
    assert (pack.name, pack.title, pack.description, pack.command) == ("sample", "A sample", "For tests", "sample")
    assert pack.default
    assert pack.nsfw
    assert pack.outputs.stages == {"7": "First", "8": "Last"}
    prompt = pack.parameters["prompt"]
    assert (prompt.template, prompt.label, prompt.description) == ("ink, {value}", "Prompt", "What it shows")


def test_what_a_manifest_leaves_out_has_a_sensible_value(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[parameters.prompt]\ntarget = "positive.text"')
    assert (pack.title, pack.description, pack.command, pack.default, pack.nsfw) == ("Sample", "", None, False, False)
    assert pack.outputs.stages == {}
    assert pack.parameters["prompt"].required


def test_only_the_prompt_is_required_unless_the_manifest_says_so(tmp_path: Path) -> None:
    pack = pack_of(
        tmp_path,
        """
        [parameters.prompt]
        target = "positive.text"
        required = false
        [parameters.negative]
        target = "3.text"
        [parameters.steps]
        target = "5.steps"
        required = true
        """,
    )
    assert {name: parameter.required for name, parameter in pack.parameters.items()} == {
        "prompt": False,
        "negative": False,
        "steps": True,
    }


def test_a_seed_goes_from_zero_to_the_largest_that_can_be_typed_in_again(tmp_path: Path) -> None:
    seed = pack_of(tmp_path, '[parameters.seed]\ntarget = "Sampler.seed"').parameters["seed"]
    assert (seed.min, seed.max) == (0, MAX_SEED)
    seed = pack_of(tmp_path, '[parameters.seed]\ntarget = "Sampler.seed"\nmin = 5\nmax = 9').parameters["seed"]
    assert (seed.min, seed.max) == (5, 9)


# --- Targets


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["positive.text"], {("2", "text")}),
        # Without a title a node is called by its class.
        (["CLIPTextEncode.text"], {("3", "text")}),
        (["Sampler.seed"], {("5", "seed"), ("6", "seed")}),
        (["Sampler.add_noise"], {("6", "add_noise")}),
        (["5.seed", "6.steps"], {("5", "seed"), ("6", "steps")}),
        (["Latent v1.5.width"], {("4", "width")}),
    ],
)
def test_a_target_means_every_node_of_that_title_that_has_the_input(
    tmp_path: Path, wanted: list[str], found: set[tuple[str, str]]
) -> None:
    pack = pack_of(tmp_path, f"[parameters.x]\ntarget = {wanted}")
    assert {(target.node_id, target.input_name) for target in pack.parameters["x"].targets} == found


# --- Types


@pytest.mark.parametrize(
    ("target", "type_"),
    [("positive.text", "string"), ("4.width", "integer"), ("5.cfg", "number"), ("6.add_noise", "boolean")],
)
def test_a_type_is_that_of_the_value_in_the_graph(tmp_path: Path, target: str, type_: str) -> None:
    assert pack_of(tmp_path, f'[parameters.x]\ntarget = "{target}"').parameters["x"].type == type_


def test_a_type_that_is_given_goes_before_the_graphs(tmp_path: Path) -> None:
    manifest = '[parameters.x]\ntarget = "4.width"\ntype = "number"'
    assert pack_of(tmp_path, manifest).parameters["x"].type == "number"


def test_choices_are_a_list_or_the_servers(tmp_path: Path) -> None:
    x = pack_of(tmp_path, '[parameters.x]\ntarget = "5.sampler_name"\nchoices = ["euler", "ddim"]').parameters["x"]
    assert (x.choices, x.server_choices) == (("euler", "ddim"), False)
    x = pack_of(tmp_path, '[parameters.x]\ntarget = "5.sampler_name"\nchoices = "server"').parameters["x"]
    assert (x.choices, x.server_choices) == (None, True)


# --- Faults

X = '[parameters.x]\ntarget = "5.steps"\n'
FAULTS = [
    ("title = 3", "title should be text in quotes"),
    ("description = true", "description should be text in quotes"),
    ("command = []", "command should be text in quotes"),
    ('default = "yes"', "default should be true or false"),
    ("nsfw = 1", "nsfw should be true or false"),
    ("tilte = 'x'", "there is no key tilte here; the keys are command, default"),
    ("parameters = 3", "parameters should be a table"),
    ("outputs = 3", "outputs should be a table"),
    ("[parameters.x]\nlabel = 'x'", "target is missing"),
    ("[parameters.x]\ntarget = []", "target is missing"),
    ("[parameters.x]\ntarget = 3", "target should be a list of texts"),
    ("[parameters.x]\ntarget = ['5.steps', 3]", "target should be a list of texts"),
    ("[parameters.x]\ntarget = 'Smapler.seed'", "'Smapler.seed': no such node (write title.input); the nodes are"),
    (X + "targets = 'x'", "there is no key targets here"),
    (X + "template = 'ink'", "template should have {value}"),
    (X + "template = 3", "template should be text in quotes"),
    (X + "type = 'int'", "type should be one of string, integer, number, boolean"),
    (X + "type = 3", "type should be text in quotes"),
    (X + "min = '1'", "min should be a number"),
    (X + "max = true", "max should be a number"),
    (X + "step = nan", "step should be a number"),
    (X + "max = inf", "max should be a number"),
    (X + "min = 5\nmax = 4", "min 5 is larger than max 4"),
    (X + "choices = [1, 2]", "choices should be a list of texts"),
    (X + "required = 'yes'", "required should be true or false"),
    (X + "label = 3", "label should be text in quotes"),
    (X + "description = 3", "description should be text in quotes"),
    (X + "default = 'many'", "default 'many' does not fit (wrong_type)"),
    (X + "default = 5\nmax = 4", "default 5 does not fit (too_large)"),
    ("[outputs]\nfinal = 'x'", "final 'x' is not one of the stages’ captions"),
    ("[outputs]\nlast = 'x'", "there is no key last here; the keys are final, stages, websocket"),
    ("[outputs]\nstages = 'Final'", "stages should be a table"),
    ("[outputs]\nstages = { Finale = 'x' }", "'Finale': no such node"),
    ("[outputs]\nstages = { Final = 3 }", "Final should be text in quotes"),
]


@pytest.mark.parametrize(("manifest", "fault"), FAULTS)
def test_a_fault_is_named(tmp_path: Path, manifest: str, fault: str) -> None:
    (found,) = faults_of(write_pack(tmp_path, manifest))
    assert fault in found
    assert found.startswith("sample.toml")


def test_a_parameter_that_is_no_table_is_a_fault(tmp_path: Path) -> None:
    assert "sample.toml [parameters]: x should be a table ([x])" in faults_of(
        write_pack(tmp_path, "[parameters]\nx = 3")
    )


def test_a_fault_says_in_which_table_it_is(tmp_path: Path) -> None:
    (fault,) = faults_of(write_pack(tmp_path, X + "min = '1'"))
    assert fault == "sample.toml [parameters] [x]: min should be a number"


def test_all_faults_of_all_tables_are_named_at_once(tmp_path: Path) -> None:
    manifest = """
        title = 3
        tilte = "A sample"
        default = "yes"

        [parameters.prompt]
        target = "positve.text"
        template = "ink"

        [parameters.steps]
        target = "5.steps"
        min = "1"
        max = true
        step = "2"
        type = "int"
        required = 1

        [parameters.width]
        target = "4.width"
        default = "wide"

        [outputs]
        stages = { Finale = "x" }
        final = "y"
    """
    faults = faults_of(write_pack(tmp_path, manifest))
    expected = [
        "title should be",
        "no key tilte",
        "default should be",
        "positve.text",
        "template should",
        "min should be",
        "max should be",
        "step should be",
        "type should be",
        "required should be",
        "default 'wide'",
        "'Finale'",
        "final 'y' is not",
    ]
    assert {wanted: sum(wanted in fault for fault in faults) for wanted in expected} == dict.fromkeys(expected, 1)
    assert len(faults) == len(expected)


@pytest.mark.parametrize("key", ["min", "max", "step", "default", "hidden"])
def test_a_number_that_no_node_takes_is_a_fault(tmp_path: Path, key: str) -> None:
    (fault,) = faults_of(write_pack(tmp_path, X + f"{key} = {10**400}"))
    assert f"{key} is larger than any number" in fault
