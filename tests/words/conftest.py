"""The whole program with a way in for every kind of text, and moderators who list words."""

from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, RESTYLE, RESTYLE_MANIFEST, write
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    Guild,
    Interaction,
    Message,
    Permission,
    Role,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST, node
from tests.looks import is_over
from tests.people import ALICE, MODERATORS, MONA
from tests.programs import heard

WORD: Final = "zeppelin"
LORA: Final = "sdxl_lightning_8step_lora.safetensors"
"""One that the stand-in for ComfyUI has."""
ADMIN: Final = User("ada", roles=(Role("admins", Permission.MANAGE_GUILD),))
_COMMAND: Final = """
title = "Signs"
command = "sign"
[parameters.prompt]
target = ["positive.text"]
[parameters.words]
target = ["words.text"]
"""
_OWN: Final = """
title = "Own"
[parameters.prompt]
target = ["positive.text"]
"""
_STYLES: Final = f"""
[Airship]
prompt = "{{prompt}} in a {WORD}"
"""


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), Channel("staff")), roles=(MODERATORS, *ADMIN.roles)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    two = {"text": "", "clip": ["4", 1]}
    joined = node("ConditioningCombine", "both", conditioning_1=["6", 0], conditioning_2=["10", 0])
    sampler = {**PAINT["3"], "inputs": {**PAINT["3"]["inputs"], "positive": ["11", 0]}}
    command = PAINT | {"3": sampler, "10": node("CLIPTextEncode", "words", **two), "11": joined}
    write(workflows, "sign", command, _COMMAND)
    own = command | {"10": node("CLIPTextEncode", "words", text=f"over it, a {WORD}", clip=["4", 1])}
    write(workflows, "own", own, _OWN)
    template = _OWN.replace("Own", "Template") + f'template = "a {WORD} above {{value}}"\n'
    write(workflows, "template", PAINT, template)
    write(workflows, "restyle", RESTYLE, RESTYLE_MANIFEST)
    (workflows / "styles.toml").write_text(_STYLES, encoding="utf-8")
    return workflows


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "sky.txt").write_text(f"{WORD}\n", encoding="utf-8")
    return {"WILDCARDS_DIR": str(tmp_path / "lists")}


class Desk:
    """A Discord with a bot at work in it, a member who asks, and a moderator who lists words."""

    def __init__(self, discord: DiscordStandIn, comfyui: ComfyUIStandIn) -> None:
        self.discord = discord
        self.comfyui = comfyui

    async def list_word(self, text: str = WORD, action: str = "refuse", **more: Value) -> str:
        """`/moderate words add`, and the answer."""
        options = {"kind": "word", "text": text, "action": action, **more}
        act = await answered(self.discord.slash("moderate words add", user=MONA, options=options))
        return (await act.message.until(lambda one: not one.loading)).content

    async def over(self, interaction: Interaction) -> Message:
        """The answer to a request, once it is refused or its image is there."""
        return await interaction.message.until(
            lambda one: is_over(one) or (one.ephemeral and not one.loading and "🕓" not in one.content)
        )

    async def ask(self, prompt: str, command: str = "imagine", **options: Value) -> Message:
        """A request of Alice's, up to its end or its refusal."""
        given = {"prompt": prompt, **options}
        return await self.over(await answered(self.discord.slash(command, user=ALICE, options=given)))

    async def press(self, message: Message, label: str) -> Interaction:
        """A press of hers."""
        return await answered(self.discord.press(message, label, user=ALICE))


@pytest.fixture
async def desk(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> Desk:
    """With a bot that knows what its ComfyUI has."""
    await heard(bot.log)
    return Desk(discord, comfyui)
