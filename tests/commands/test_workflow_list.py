"""`/workflows` says in words what can be typed: the default first, what can't run last and with its reason in short."""

from pathlib import Path

import pytest

from tests.commands.packs import CHECKPOINT, EVERY_TYPE, INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.people import ALICE

MORE = """
[parameters.loops]
target = ["KSampler.steps"]
max = 100
default = 20
[parameters.cfg]
target = ["KSampler.cfg"]
[parameters.fantasy]
target = ["KSampler.denoise"]
"""

STYLES = """
["Old photo"]
prompt = "an old photo of {prompt}"
[Sketch]
prompt = "a sketch of {prompt}"
"""


class TestMany:
    """A server with more models than anybody would read."""

    @pytest.fixture
    def checkpoints(self) -> tuple[str, ...]:
        return ("tiny-random-sd15.safetensors", *(f"sdxl/model_{number:02}.safetensors" for number in range(43)))

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        workflows = tmp_path / "workflows"
        plain = PAINT_MANIFEST.replace('title = "Painting"', 'title = "Another"').replace("default = true", "")
        lacking = INVERT | {"2": {"class_type": "Sharpest", "inputs": {"image": ["1", 0]}}}
        lacking |= {"4": {"class_type": "Finest", "inputs": {}}, "5": {"class_type": "Deepest", "inputs": {}}}
        lacking["3"] = {"class_type": "Finest", "inputs": {"images": ["2", 0]}}
        write(workflows, "a_lacking", lacking, INVERT_MANIFEST.replace("negate", "sharpen"))
        write(workflows, "b_another", PAINT, plain)
        write(workflows, "c_every", PAINT, EVERY_TYPE)
        write(workflows, "d_negate", INVERT, INVERT_MANIFEST)
        write(workflows, "z_paint", PAINT, PAINT_MANIFEST + CHECKPOINT + MORE)
        (workflows / "styles.toml").write_text(STYLES, encoding="utf-8")
        return workflows

    async def test_it_says_what_can_be_typed(self, discord: DiscordStandIn, bot: BotProcess) -> None:
        await bot.says(" answers")
        listed = await answered(discord.slash("workflows", user=ALICE))
        text = listed.message.content
        while any(button.label == "▶" and not button.disabled for button in listed.message.buttons):
            await answered(discord.press(listed.message, "▶", user=ALICE))
            text += "\n\n" + listed.message.content
        entries = text.split("\n\n")
        titles = ["**Painting**", "**Another**", "**Everything**", "**Negative**", "**Negative**"]
        assert [entry.partition(" · ")[0] for entry in entries] == titles
        assert all(len(entry) <= 900 for entry in entries)
        default, another, everything, negate, lacking = (entry.splitlines() for entry in entries)
        assert default == [
            "**Painting** · `/imagine` (default)",
            "An image from words",
            "-# • `prompt` (required): text",
            "-# • `size`: 16:9, portrait or 1024x768",
            "-# • `count`: 1 to 4 (default 1)",
            "-# • `seed`: a whole number (empty: random)",
            "-# • `negative`: text",
            "-# • `model`: 44 to choose from (default tiny-random-sd15)",
            "-# • `lora`: `soft-light`, `sdxl_lightning_8step_lora`",
            "-# • `strength`: 0 to 1 (default 1)",
            "-# • `steps`: 1 to 100 (default 20)",
            "-# • `guidance`: 0 to 100 (default 7)",
            "-# • `style`: `Old photo`, `Sketch`",
        ]
        assert another[0] == "**Another** · `/imagine` workflow: Another"
        # Its own command has the names that its author gave.
        assert everything[0] == "**Everything** · `/everything`"
        assert {
            "-# • `steps`: 1 to 30 (default 4)",
            "-# • `cfg`: 1 to 12.5 (default 7)",
            "-# • `sampler_name`: `euler`, `dpmpp_2m`",
            "-# • `checkpoint`: 44 to choose from (default tiny-random-sd15)",
        } <= set(everything)
        assert negate[-1] == "-# • `image` (required): image"
        assert lacking == [
            "**Negative** · `/sharpen`",
            "⚠️ Can’t run here right now: it needs the node `Sharpest` and more.",
        ]
