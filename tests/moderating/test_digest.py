"""`/moderate digest`: a week's figures in the moderators' channel, once, whatever happens in between."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.discord_server import Message, Permission
from tests.discord_server.world import EVERYONE
from tests.moderating.acts import Room
from tests.waiting import until

MISSED = time.time() - 3600


def ledger(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "data" / "darkroom.db", isolation_level=None)) as opened:
        return opened.execute(statement).fetchall()


async def missed(room: Room, folder: Path) -> None:
    """The bot was not there when the digest was due, and comes back."""
    await room.bot.kill()
    ledger(folder, f"UPDATE guilds SET digest_at = {MISSED}")  # noqa: S608 - a figure of ours
    await room.bot.start()


async def told(room: Room, folder: Path) -> list[Message]:
    """The digests in the staff's channel, once the next one is awaited."""
    await until(lambda: ledger(folder, f"SELECT 1 FROM guilds WHERE digest_at > {MISSED + 60}") != [])  # noqa: S608
    return [message for message in room.discord.messages(room.staff) if "📊" in message.content]


async def test_a_week_is_told_once(room: Room, tmp_path: Path) -> None:
    said = await room.moderate("digest", options={"channel": room.staff})
    assert f"weekly digest in <#{room.staff.id}>" in said
    assert "Next digest: <t:" in said
    await room.imagine(room.alice, "a secret fox")
    await until(lambda: ledger(tmp_path, "SELECT 1 FROM jobs WHERE state = 'done'") != [])
    # Some days ago, in the week of the digest.
    in_that_week = MISSED // 86400 * 86400 - 3 * 86400
    ledger(tmp_path, f"UPDATE jobs SET created_at = {in_that_week}, started_at = {in_that_week + 3}")  # noqa: S608
    ledger(tmp_path, f"UPDATE jobs SET finished_at = {in_that_week + 9}")  # noqa: S608

    await missed(room, tmp_path)
    (digest,) = await told(room, tmp_path)
    assert "**1** image for **1** member" in digest.content
    assert "Painting (1)" in digest.content
    assert "Nothing was refused." in digest.content
    assert "fox" not in digest.content
    (plot,) = digest.attachments
    assert plot.filename == "week.png"
    assert plot.description is not None
    assert plot.description.startswith("Images a day: ")

    # It died before it had written down that it told it.
    await missed(room, tmp_path)
    assert await told(room, tmp_path) == [digest]


async def test_where_it_cannot_be_told_the_log_says_so_and_it_follows(room: Room, tmp_path: Path) -> None:
    await room.moderate("digest", options={"channel": room.staff})
    room.discord.set_bot_permissions(room.staff, Permission.VIEW_CHANNEL)

    async def noted() -> bool:
        return f"The weekly digest couldn’t be posted: I can’t post in <#{room.staff.id}>" in await room.log()

    for _restart in range(2):
        await missed(room, tmp_path)
        await room.bot.wait_ready()
        await until(noted)
    assert (await room.log()).count("The weekly digest couldn’t") == 1
    await room.bot.kill()
    room.discord.set_bot_permissions(room.staff, EVERYONE)
    await room.bot.start()
    assert len(await told(room, tmp_path)) == 1


@pytest.mark.parametrize("running", [True, False], ids=["at once", "while no bot runs"])
async def test_a_deleted_channel_is_none(room: Room, tmp_path: Path, *, running: bool) -> None:
    await room.moderate("digest", options={"channel": room.staff})
    if running:
        room.discord.delete_channel(room.staff)
    else:
        await room.bot.kill()
        room.discord.delete_channel(room.staff)
        # It is noticed when the next one is due.
        ledger(tmp_path, f"UPDATE guilds SET digest_at = {MISSED}")  # noqa: S608 - a figure of ours
        await room.bot.start()
        await room.bot.wait_ready()

    async def known() -> bool:
        return "The channel for the weekly digest was deleted." in await room.log()

    await until(known)
    assert "There’s no weekly digest. Choose a `channel`" in await room.moderate("digest")
    lobby = room.studio.channels[0]
    assert f"weekly digest in <#{lobby.id}>" in await room.moderate("digest", options={"channel": lobby})


async def test_it_can_be_ended(room: Room) -> None:
    await room.moderate("digest", options={"channel": room.staff})
    assert "There’s no weekly digest" in await room.moderate("digest", options={"off": True})
    assert "There’s no weekly digest" in await room.moderate("digest")


@pytest.mark.parametrize("off", [True, False])
async def test_nothing_is_due_for_those_who_did_not_ask(room: Room, tmp_path: Path, off: bool) -> None:
    if off:
        await room.moderate("digest", options={"channel": room.staff})
        await room.moderate("digest", options={"off": True})
    await room.bot.terminate()
    assert ledger(tmp_path, "SELECT 1 FROM guilds WHERE digest_channel IS NOT NULL") == []
