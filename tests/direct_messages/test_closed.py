"""`DIRECT_MESSAGES=off`, which is the default: nothing is offered there, and what comes nevertheless is refused."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import picture
from tests.commands.test_clean_pictures import two_halves
from tests.direct_messages.conftest import CLOSED, OUTSIDE, answer, order
from tests.discord_server import BotProcess, DiscordStandIn, File, NotOffered, answered
from tests.ledgers import open_patiently
from tests.looks import is_done, says
from tests.moderating.cells import COMMANDS
from tests.moderating.press_cells import FORMS, PRESSES
from tests.people import ALICE, BOB
from tests.programs import Program
from tests.waiting import until

ANYWHERE = {
    "darkroom:cancel:{job_id}",
    "darkroom:delete:{job_id}",
    "darkroom:delete:sure:{job_id}:{key}",
    "darkroom:delete:keep:{job_id}",
    "darkroom:grid:cancel:{grid_id}",
    "darkroom:grid:delete:{grid_id}",
    "darkroom:grid:sure:{grid_id}",
    "darkroom:privacy:export",
    "darkroom:privacy:erase",
    "darkroom:privacy:keep",
    "darkroom:privacy:sure:{what}",
}
"""What shows, ends or deletes only what is the member's own."""
OWN_COMMANDS = {"cancel", "privacy"}
Place = Literal["direct", "group", "foreign"]

_FIELDS = (
    *("again", "asked", "draft_id", "form", "grid_id", "key", "name", "number", "page", "region", "seen"),
    *("since", "sure", "way", "what", "which"),
)
MADE_UP = {**dict.fromkeys(_FIELDS, "nothing"), "guild": "1"}


def registered(discord: DiscordStandIn) -> Iterator[Mapping[str, Any]]:
    yield from discord.commands()


async def test_no_command_is_offered_outside_of_servers(discord: DiscordStandIn, bot: BotProcess) -> None:
    places = {one["name"]: (one["contexts"], one["integration_types"]) for one in registered(discord)}
    assert {"imagine", "moderate", "Show recipe", "Use as input"} <= places.keys()
    assert set(map(str, places.values())) == {"([0], [0])"}
    with pytest.raises(NotOffered, match="contexts"):
        await order(discord, ALICE, discord.direct(ALICE))


@pytest.mark.parametrize("place", ["direct", "group", "foreign"])
async def test_what_outdated_clients_send_is_refused_in_words(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn, place: Place
) -> None:
    message = (await order(discord, ALICE, discord.guild.channels[0])).message
    await message.until(is_done)
    job_id = str(message.buttons[0].custom_id).rpartition(":")[2]
    made = len(comfyui.executed)
    discord.outdated = True
    channel = discord.direct(ALICE) if place == "direct" else discord.outside(place)
    refusal = CLOSED if place == "direct" else OUTSIDE
    told: dict[str, str] = {}
    told["imagine"] = await answer(await order(discord, ALICE, channel))
    for row in COMMANDS:
        if row.name in {"queue", "history", "quota", "settings", "workflows", "moderate queue", "workflow export"}:
            given = {"name": "paint"} if row.name.endswith("export") else {}
            told[row.name] = await answer(await discord.slash(row.name, user=ALICE, channel=channel, options=given))
    image = await discord.say("look", user=ALICE, channel=channel, files=[File("a.png", picture(two_halves()))])
    for menu in ("Show recipe", "Reuse recipe", "Use as input", "Where is this from?"):
        told[menu] = await answer(await discord.context_menu(menu, image, user=ALICE))
    for press in PRESSES:
        custom_id = press.custom_id.format(**MADE_UP, job_id=job_id)
        values = None if press.picked is None else [job_id]
        if press.custom_id not in ANYWHERE:
            told[press.custom_id] = await answer(await discord.forge(image, custom_id, user=ALICE, values=values))
    for form in FORMS:
        custom_id = form.custom_id.format(**MADE_UP, job_id=job_id)
        sent = await discord.forge_form(custom_id, {"prompt": "a fox"}, user=ALICE, channel=channel)
        told[form.custom_id] = await answer(sent)
    assert {name for name, text in told.items() if refusal not in text} == set()
    choices = await discord.autocomplete("imagine", option="workflow", value="paint", user=ALICE, channel=channel)
    assert choices == []
    assert len(comfyui.executed) == made
    assert "What I keep about you" in await answer(await discord.slash("privacy", user=ALICE, channel=channel))


async def test_what_was_requested_before_arrives_and_can_be_cancelled_and_deleted(
    discord: DiscordStandIn, program: Program, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    direct = discord.direct(ALICE)
    comfyui.faults.hang_in = "KSampler"
    async with program({"DIRECT_MESSAGES": "on"}).ready():
        orders = [await order(discord, ALICE, direct, f"fox {number}") for number in range(4)]
        await until(lambda: bool(comfyui.executed))
    discord.outdated = True
    async with program().ready():
        await discord.until(lambda: {str(one["contexts"]) for one in registered(discord)} == {"[0]"})
        running, pressed, typed, waiting = (one.message for one in orders)
        await answered(discord.press(pressed, "Cancel", user=ALICE))
        job_id = str(typed.buttons[0].custom_id).rpartition(":")[2]
        cancelled = await discord.slash("cancel", user=ALICE, channel=direct, job=job_id)
        assert "🛑" in await answer(cancelled)
        for one in (pressed, typed):
            await one.until(says("Cancelled"))
        comfyui.faults.hang_in = None
        for one in (running, waiting):
            await one.until(is_done)
        assert running.attachments
        assert CLOSED in await answer(await discord.press(running, "Again", user=ALICE))
        asked = await (await answered(discord.press(running, "Delete", user=ALICE))).followup()
        await answered(discord.press(asked, "Delete", user=ALICE))
        await asked.until(says("🗑️"))
    assert running.deleted
    assert not waiting.deleted


async def test_a_blocked_member_gets_nothing_there(
    discord: DiscordStandIn, program: Program, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    await ledger.rules.block(discord.guild.id, BOB.id, 1, "spam", None)
    await ledger.close()
    discord.outdated = True
    async with program().ready():
        for _ in range(3):
            assert CLOSED in await answer(await order(discord, BOB, discord.direct(BOB)))
    assert not comfyui.executed
