"""A draft that is ready first stands in the message while the refinement runs."""

from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import DiscordStandIn
from tests.outputs.ordering import Graph, bot_with, ended, node, saved

MANIFEST: Final = """
[parameters.prompt]
target = ["6.text"]

[outputs]
stages = { "Quick" = "Draft", "Slow" = "Refined" }
final = "Refined"
"""


def two_stages(quick: str = "SaveImage") -> Graph:
    """A draft of two steps, and twelve more over it."""
    graph = txt2img(steps=2)
    del graph["9"]
    again = {**graph["3"]["inputs"], "seed": 2, "steps": 12, "denoise": 0.6, "latent_image": ["3", 0]}
    graph["20"] = node("KSampler", "Refining", **again)
    graph["21"] = node("VAEDecode", samples=["20", 0], vae=["4", 2])
    graph |= saved("22", "21", "Slow")
    graph["9"] = (
        node("PreviewImage", "Quick", images=["8", 0]) if quick == "PreviewImage" else saved("9", "8", "Quick")["9"]
    )
    return graph


@pytest.mark.parametrize("socket", ["", "websocket = true"])
async def test_a_draft_is_shown_with_its_caption_while_the_refinement_runs(
    discord: DiscordStandIn, tmp_path: Path, socket: str
) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=3) as comfyui,
        bot_with(discord, comfyui.url, tmp_path, two_stages(), MANIFEST + socket) as bot,
    ):
        message = await ended(discord, bot)
        assert len(comfyui.executed) == 1
    # What is best comes first.
    refined, draft = message.attachments
    assert (refined.description, draft.description) == ("Refined", "Draft")
    assert "Refined: 1 picture · Draft: 1 picture" in message.content
    shown = [state for state in message.states if "Ready so far: Draft" in state.content]
    assert shown
    assert all([one.content for one in state.attachments] == [draft.content] for state in shown)
    assert shown[0].attachments[0].description == "Draft"


async def test_previews_are_shown_until_there_is_a_draft_and_not_over_it(
    discord: DiscordStandIn, tmp_path: Path
) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=2) as comfyui,
        bot_with(discord, comfyui.url, tmp_path, two_stages("PreviewImage"), MANIFEST) as bot,
    ):
        message = await ended(discord, bot)
    running = [state for state in message.states if "🎨" in state.content]
    names = [state.attachments[0].filename.split(".")[0] if state.attachments else "" for state in running]
    with_draft = [name for name, state in zip(names, running, strict=True) if "Ready so far" in state.content]
    assert with_draft
    assert set(with_draft) == {"draft-1"}
    assert names[: -len(with_draft)] == [name for name in names if name in {"", "preview"}]
