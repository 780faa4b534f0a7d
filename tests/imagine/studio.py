"""A member who requests images of one workflow on the real ComfyUI, and what each option changes in its graph."""

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from PIL import Image

from tests.commands.packs import picture
from tests.discord_server import DiscordStandIn, File, Interaction, Message, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done, is_over, labels
from tests.people import ALICE
from tests.real_comfyui import RealComfyUI

DETAIL: Final = "detail.safetensors"
GRAIN: Final = "style/film_grain.safetensors"
GIVEN: Final[Mapping[str, Mapping[str, Value]]] = {
    "size": {"size": "16:9"},
    "count": {"count": 2},
    "seed": {"seed": 6},
    "negative": {"negative": "rain"},
    "model": {"model": "alt"},
    "strength": {"strength": 0.5},
    "steps": {"steps": 2},
    "guidance": {"guidance": 4},
    "sampler": {"sampler": "dpmpp 2m"},
}
Changed = Mapping[tuple[str, str], object]
HAS: Final[Mapping[str, Mapping[str, Changed]]] = {
    "paint": {
        "size": {("5", "width"): 192},
        "count": {("5", "batch_size"): 2},
        "seed": {("3", "seed"): 6},
        "negative": {("7", "text"): "rain"},
        "model": {("4", "ckpt_name"): "zz/tiny-alt.safetensors"},
        "steps": {("3", "steps"): 2},
        "guidance": {("3", "cfg"): 4},
        "sampler": {("3", "sampler_name"): "dpmpp_2m"},
    },
    "flux": {
        "size": {("13", "width"): 192},
        "count": {("13", "batch_size"): 2},
        "seed": {("10", "noise_seed"): 6},
        "model": {("1", "unet_name"): "zz/alt-unet.safetensors"},
        "steps": {("12", "steps"): 2},
        "guidance": {("7", "guidance"): 4},
        "sampler": {("11", "sampler_name"): "dpmpp_2m"},
    },
    "video": {
        "seed": {("3", "seed"): 6},
        "negative": {("7", "text"): "rain"},
        "strength": {("3", "denoise"): 0.5},
        "steps": {("3", "steps"): 2},
        "guidance": {("3", "cfg"): 4},
        "sampler": {("3", "sampler_name"): "dpmpp_2m"},
    },
}


class Studio:
    """A member and a workflow."""

    def __init__(self, discord: DiscordStandIn, comfyui: RealComfyUI, workflow: str) -> None:
        self.discord = discord
        self._comfyui = comfyui
        self.workflow = workflow
        self._fixed: dict[str, Value] = {"workflow": workflow, "prompt": "a fox", "seed": 5}
        if workflow == "video":
            self._fixed["image"] = File("mine.png", picture(Image.new("RGB", (64, 64), (200, 120, 0))))

    async def posted(self, **given: Value) -> dict[str, Any]:
        """The graph that ComfyUI ran."""
        _message, graph = await self.made(await self.request(**given))
        return graph

    async def request(self, **given: Value) -> Interaction:
        """`/imagine` with these options."""
        return await answered(self.discord.slash("imagine", user=ALICE, options={**self._fixed, **given}))

    async def made(self, interaction: Interaction) -> tuple[Message, dict[str, Any]]:
        """The finished message of a request, and the graph that ComfyUI ran."""
        message = await interaction.message.until(lambda one: one.ephemeral or is_over(one), 120)
        assert is_done(message), message.content
        async with aiohttp.ClientSession() as http, http.get(f"{self._comfyui.url}/history?max_items=1") as answer:
            (entry,) = (await answer.json()).values()
        graph: dict[str, Any] = entry["prompt"][2]
        return message, {node_id: {**node, "inputs": _plain(node)} for node_id, node in graph.items()}

    async def told(self, **given: Value) -> str:
        """The private answer instead of a job."""
        interaction = await self.request(**given)
        assert interaction.message.ephemeral
        assert labels(interaction.message) == []
        return interaction.message.content


def _plain(node: Mapping[str, Any]) -> dict[str, Any]:
    """The node's inputs, without the name under which a member's image was uploaded."""
    return {**node["inputs"], "image": "uploaded"} if node["class_type"] == "LoadImage" else dict(node["inputs"])
