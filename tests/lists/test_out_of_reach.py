"""Whatever people type into clients of their own: a job that is not theirs to see does not exist for them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, User, answered
from tests.ledgers import open_patiently
from tests.lists.asking import made
from tests.looks import is_done
from tests.people import ALICE, BOB

SECRET = "a secret lighthouse"


@dataclass(frozen=True)
class Forged:
    """`{job}` stands for the id of each job that is out of reach."""

    custom_id: str
    values: tuple[str, ...] | None = None


FORGED = (
    Forged("darkroom:bring:back", ("{job}",)),
    Forged("darkroom:bring:anything", ("{job}",)),
    Forged("darkroom:bring:back", ()),
    Forged("darkroom:bring:back", ("' OR 1=1 --",)),
    Forged("darkroom:history:below-999999999"),
    Forged("darkroom:history:above-0"),
    Forged("darkroom:history:above-99999999999999999999999"),
    Forged("darkroom:history:nowhere"),
    Forged("darkroom:queue:anything"),
    Forged("darkroom:reuse:open:{job}"),
    Forged("darkroom:input:picture:{job}", ("1",)),
    Forged("darkroom:input:workflow:{job}", ("paint",)),
)


@pytest.fixture
def settings() -> dict[str, str]:
    return {"DIRECT_MESSAGES": "on"}


async def test_an_id_typed_by_hand_reaches_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, guilds: tuple[Guild, Guild], tmp_path: Path
) -> None:
    here, lobby = guilds[0].channels[0], guilds[1].channels[0]
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    jobs: list[str] = []
    # Somebody else's here; mine, but in another guild; mine, but in a direct message.
    for user, channel, guild_id in (
        (ALICE, here, guilds[0].id),
        (BOB, lobby, guilds[1].id),
        (BOB, discord.direct(BOB), None),
    ):
        message = await made(discord, user, SECRET, channel)
        job = await ledger.job_of_message(guild_id, message.id)
        assert job is not None
        jobs.append(job.id)
    await ledger.close()
    await made(discord, BOB, "a cow")
    listed = await answered(discord.slash("history", user=BOB))
    for job_id in jobs:
        for one in FORGED:
            await forge(discord, listed.message, one, job_id, BOB)
        # Somebody else's in the same guild may be made again by anybody; from elsewhere only the words count.
        if job_id != jobs[0]:
            await forge_forms(discord, comfyui, job_id, BOB, here)


async def forge(discord: DiscordStandIn, message: Message, one: Forged, job_id: str, user: User) -> None:
    custom_id = one.custom_id.format(job=job_id)
    values = None if one.values is None else [value.format(job=job_id) for value in one.values]
    interaction = await answered(discord.forge(message, custom_id, user=user, values=values))
    assert interaction.message.ephemeral
    assert SECRET not in interaction.message.content, one
    assert not interaction.message.attachments, one


async def forge_forms(discord: DiscordStandIn, comfyui: ComfyUIStandIn, job_id: str, user: User, here: Channel) -> None:
    before = len(comfyui.submitted)
    texts = {"prompt": "a dog", "seed": "5"}
    words = await answered(discord.forge_form(f"darkroom:input:words:{job_id}", texts, user=user, channel=here))
    assert "too long ago" in words.message.content
    reused = await answered(discord.forge_form(f"darkroom:reuse:{job_id}", texts, user=user, channel=here))
    await reused.message.until(is_done, 60)
    assert len(comfyui.submitted) == before + 1
    sent = comfyui.submitted[-1]["prompt"]
    assert sent["6"]["inputs"]["text"] == "oil painting, a dog"
    assert SECRET not in str(sent)


async def test_what_another_guild_knows_is_not_told_of_a_message_of_the_same_number(
    discord: DiscordStandIn, bot: BotProcess, guilds: tuple[Guild, Guild], tmp_path: Path
) -> None:
    original = await made(discord, ALICE, SECRET, guilds[1].channels[0])
    mine = await discord.say("mine", user=BOB)
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    job = await ledger.job_of_message(guilds[1].id, original.id)
    assert job is not None
    # As if Discord had given both messages one number.
    await ledger.acknowledged(job.id, mine.id)
    await ledger.close()
    for name in ("Show recipe", "Reuse recipe"):
        interaction = await answered(discord.context_menu(name, mine, user=BOB))
        assert "has no image attached" in interaction.message.content
