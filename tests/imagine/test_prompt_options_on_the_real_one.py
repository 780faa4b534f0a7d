"""Options and LoRA tags in a prompt give the same graph as the options of /imagine. On the real ComfyUI."""

import pytest

from tests.imagine.studio import DETAIL, GIVEN, HAS, Studio
from tests.workflows.samples import changes

pytestmark = pytest.mark.real

WRITTEN = {
    "size": "--ar 16:9",
    "count": "--n 2",
    "negative": "--no rain",
    "model": "--model alt",
    "strength": "--strength 0.5",
    "steps": "--steps 2",
    "guidance": "--cfg 4",
    "sampler": "—sampler dpmpp 2m",
}


@pytest.mark.parametrize("workflow", HAS)
async def test_they_change_what_the_options_change(studio: Studio, workflow: str) -> None:
    plain = await studio.posted()
    # The studio gives a seed of its own, which wins over one in the prompt.
    has = [option for option in HAS[workflow] if option != "seed"]
    written = " ".join(WRITTEN[option] for option in has)
    together = {place: value for option in has for place, value in HAS[workflow][option].items()}
    asked = await studio.posted(prompt=f"a {{fox|fox}} {written}")
    assert changes(plain, asked) == together
    options = {name: value for option in has for name, value in GIVEN[option].items()}
    assert await studio.posted(**options) == asked
    tagged = await studio.posted(prompt="a fox <lora:detail:0.8>")
    assert tagged == await studio.posted(lora="detail:0.8")
    assert tagged["lora_1"]["inputs"]["lora_name"] == DETAIL
    absent = next(option for option in GIVEN if option not in HAS[workflow])
    assert f"has no option `{absent}`" in await studio.told(prompt=f"a fox {WRITTEN[absent]}")
