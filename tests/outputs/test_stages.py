"""A draft that is ready first stands in the message while the refinement runs."""

from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import DiscordStandIn, Message
from tests.looks import is_done
from tests.outputs.ordering import Graph, bot_with, node, ordered, saved

MANIFEST: Final = """
[parameters.prompt]
target = ["6.text"]

[outputs]
stages = { "Quick" = "Draft", "Slow" = "Refined" }
final = "Refined"
"""


def two_stages(quick: str = "SaveImage") -> Graph:
    """A draft, and a refinement of it by a sampler of another class, so that a test can hold up one of them."""
    graph = txt2img()
    del graph["9"]
    again = {name: value for name, value in graph["3"]["inputs"].items() if name not in {"seed", "denoise"}}
    again |= {"latent_image": ["3", 0], "add_noise": "enable", "noise_seed": 2, "start_at_step": 1, "end_at_step": 3}
    graph["20"] = node("KSamplerAdvanced", "Refining", **again, return_with_leftover_noise="disable")
    graph["21"] = node("VAEDecode", samples=["20", 0], vae=["4", 2])
    graph |= saved("22", "21", "Slow")
    graph["9"] = (
        node("PreviewImage", "Quick", images=["8", 0]) if quick == "PreviewImage" else saved("9", "8", "Quick")["9"]
    )
    return graph


def has_draft(message: Message) -> bool:
    return "Ready so far: Draft" in message.content


@pytest.mark.parametrize("socket", ["", "websocket = true"])
async def test_a_draft_is_shown_with_its_caption_while_the_refinement_runs(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, socket: str
) -> None:
    stand_in.faults.hang_in = "KSamplerAdvanced"
    async with bot_with(discord, stand_in.url, tmp_path, two_stages(), MANIFEST + socket) as bot:
        message = await ordered(discord, bot)
        await message.until(has_draft)
        (shown,) = message.attachments
        stand_in.faults.hang_in = None
        await message.until(is_done)
    assert len(stand_in.executed) == 1
    # What is best comes first.
    refined, draft = message.attachments
    assert refined.description == "AI-generated image (Refined): a fox"
    assert draft.description == shown.description == "AI-generated image (Draft): a fox"
    assert "Refined: 1 image · Draft: 1 image" in message.content
    assert shown.content == draft.content


async def test_previews_are_shown_until_there_is_a_draft_and_not_over_it(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    stand_in.faults.hang_in = "VAEDecode"
    async with bot_with(discord, stand_in.url, tmp_path, two_stages("PreviewImage"), MANIFEST) as bot:
        message = await ordered(discord, bot)
        await message.until(lambda message: names(message) == ["preview"])
        stand_in.faults.hang_in = "KSamplerAdvanced"
        await message.until(has_draft)
        assert names(message) == ["draft-1"]
        before = len(message.states)
        stand_in.faults.hang_in = "VAEDecode"
        await message.until(lambda message: len(message.states) > before)
        assert has_draft(message)
        assert names(message) == ["draft-1"]
        stand_in.faults.hang_in = None
        await message.until(is_done)


def names(message: Message) -> list[str]:
    return [attachment.filename.split(".")[0] for attachment in message.attachments]
