"""docs/workflows.md and manifest.md say what the code does: examples load, messages are real, no key is omitted."""

import json
import re
import tomllib
from textwrap import dedent
from typing import Final

import pytest

from bot.errors import PackError
from bot.workflows.manifests.manifest import read_manifest
from bot.workflows.manifests.pack import make_pack
from bot.workflows.manifests.targets import resolve
from tests.packs.shipped import FOLDER, PACKS

GUIDE: Final = "\n".join(
    (FOLDER.parent / "docs" / page).read_text(encoding="utf-8") for page in ("workflows.md", "manifest.md")
)
_BLOCKS: Final = re.findall(r"^ *```toml\n(.*?)^ *```$", GUIDE, re.DOTALL | re.MULTILINE)
EXAMPLES: Final = [dedent(block) for block in _BLOCKS]
GRAPH: Final = PACKS["draft_and_refine"].graph


def beside(example: str) -> str:
    """The name of the pack whose graph an example is for."""
    found = re.search(r"beside (\w+)\.json", example)
    assert found is not None, example
    return found[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=beside)
def test_an_example_can_be_copied(example: str) -> None:
    manifest = read_manifest("example", example, PACKS[beside(example)].graph)
    assert manifest.parameters
    assert manifest.title


def test_the_long_example_holds_every_key_but_a_command() -> None:
    """What the code knows it says itself when it meets a key that it does not know."""
    example = tomllib.loads(EXAMPLES[1])
    parameters = {key for parameter in example["parameters"].values() for key in parameter}
    assert {*example, "command"} == known("nonsense = 1")
    assert parameters == known("[parameters.x]\ntarget = '6.seed'\nnonsense = 1")
    assert set(example["outputs"]) == known("[outputs]\nnonsense = 1")
    assert set(example["loras"]) <= known("[loras]\nnonsense = 1")


def known(manifest: str) -> set[str]:
    with pytest.raises(PackError) as caught:
        read_manifest("example", manifest, GRAPH)
    (fault,) = caught.value.faults
    return set(fault.partition("the keys are ")[2].split(", "))


def test_every_key_has_its_line() -> None:
    lines = {
        name
        for line in GUIDE.splitlines()
        if line.startswith("- `")
        for name in re.findall(r"`(\w+)`", line.partition(": ")[0])
    }
    example = tomllib.loads(EXAMPLES[1])
    keys = {key for parameter in example["parameters"].values() for key in parameter}
    keys |= known("[loras]\nnonsense = 1")
    assert {*keys, *example["outputs"], "title", "description", "command", "default", "nsfw"} <= lines


@pytest.mark.parametrize(
    ("target", "nodes"),
    [
        ("positive_prompt.text", {"3"}),
        ("6.seed", {"6"}),
        ("id:6.seed", {"6"}),
        ("class:KSampler.seed", {"6", "13"}),
        ("*.seed", {"6", "13"}),
        ("*.seed except Refining Sampler", {"6"}),
    ],
)
def test_targets_mean_what_the_guide_says(target: str, nodes: set[str]) -> None:
    assert f"`{target}" in GUIDE
    assert {found.node_id for found in resolve(target, GRAPH)} == nodes


def test_every_shipped_pack_has_its_line_and_its_command() -> None:
    for name, pack in PACKS.items():
        (told,) = [line for line in GUIDE.splitlines() if line.startswith(f"- `{name}`: ")]
        assert f"/{pack.command}`" in told if pack.command else "/imagine" in told


PARAMETER: Final = '[parameters.x]\ntarget = ["Draft Sampler.steps"]\n'


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ('[parameters.x]\ntarget = "Nobody.seed"', "no such node (write title.input)"),
        ('[parameters.x]\ntarget = "Draft Sampler.sed"', "has no input"),
        ('[parameters.x]\ntarget = "Draft Sampler.model"', "this input is fed by node"),
        ("[parameters.x]", "target is missing"),
        ("titel = 'x'", "here; the keys are"),
        ('[parameters.x]\ntarget = "positive_prompt.text"\ntemplate = "ink"', "template should have {value}"),
        (f"{PARAMETER}min = 3\nmax = 2", "is larger than max"),
        (f"{PARAMETER}max = 10\ndefault = 11", "does not fit"),
        (f"{PARAMETER}hidden = 'many'", "does not fit"),
        ("[outputs]\nfinal = 'Refined'", "is not one of the stages’ captions"),
    ],
)
def test_a_fault_of_a_manifest_is_told_in_the_words_of_the_guide(manifest: str, says: str) -> None:
    with pytest.raises(PackError, match=re.escape(says)):
        read_manifest("example", manifest, GRAPH)
    assert f"- `{says}`: " in GUIDE


def unclear() -> str:
    graph = json.loads((FOLDER / "draft_and_refine.json").read_text(encoding="utf-8"))
    graph["3"]["_meta"]["title"] = graph["4"]["_meta"]["title"] = "CLIP Text Encode"
    graph["3"]["inputs"]["text"] = "something"
    graph["16"] = {**graph["3"], "inputs": {**graph["3"]["inputs"], "text": "something else"}}
    graph["13"]["inputs"]["positive"] = ["16", 0]
    return json.dumps(graph)


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        ('{"nodes": [], "links": []}', "this is the editor’s own format"),
        ('{"1": {"class_ty', "this is not a JSON file"),
        (unclear(), "it is not clear what the prompt is"),
    ],
)
def test_a_fault_of_a_graph_is_told_in_the_words_of_the_guide(graph: str, says: str) -> None:
    with pytest.raises(PackError, match=re.escape(says)):
        make_pack("example", graph, None)
    assert f"- `{says}`: " in GUIDE


def test_its_lines_are_short_enough_to_be_read_as_text() -> None:
    long = [line for line in GUIDE.splitlines() if len(line) > 150 and not line.startswith("<img ")]
    assert not long
