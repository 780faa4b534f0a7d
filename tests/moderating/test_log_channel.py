"""The channel of the moderators' log: everything is there once, in order, in sentences, without a single 429."""

import contextlib
import re
import sqlite3
from pathlib import Path

from tests.discord_server import REAL_RATE_LIMITS, Channel, DiscordStandIn
from tests.moderating.acts import Room

BURST = 100
PROMPT = "a z e b r a at noon"


def lines(discord: DiscordStandIn, channel: Channel) -> list[str]:
    """The log as people read it, oldest first, without the line that tried the channel."""
    told = [message.content for message in reversed(discord.messages(channel))]
    return [line for text in told for line in text.splitlines() if not line.startswith("-# ")]


async def test_a_burst_of_acts_is_in_order_and_in_few_messages(room: Room) -> None:
    room.discord.faults.rate_limits = REAL_RATE_LIMITS
    await room.moderate("audit", options={"channel": room.staff})
    for number in range(BURST // 2):
        await room.moderate("pause", reason=f"round {number}")
        await room.moderate("resume")
    await room.discord.until(lambda: len(lines(room.discord, room.staff)) >= BURST + 1)
    said = lines(room.discord, room.staff)
    mia = f"<@{room.mia.id}>"
    rounds = [line.partition(" ")[2] for line in said[1:]]
    assert rounds == [
        text
        for number in range(BURST // 2)
        for text in (f"⏸️ {mia} paused the queue: round {number}", f"▶️ {mia} resumed the queue.")
    ]
    assert all(re.match(r"<t:\d+:f> ", line) for line in said)
    assert len(room.discord.messages(room.staff)) < BURST // 2
    assert not [request for request in room.discord.requests if request.status == 429]
    assert not any(message.state.mentioned for message in room.discord.messages(room.staff))


async def test_moderators_read_what_was_refused_where_and_never_the_bots_name(room: Room) -> None:
    await room.moderate("audit", options={"channel": room.staff})
    await room.moderate("words add", kind="word", text="zebra", action="refuse")
    refused = await room.imagine(room.alice, PROMPT)
    assert "isn’t allowed here" in refused.message.content
    general = room.studio.channels[0]
    said = (
        f"🚫 A request from <@{room.alice.id}> was refused in <#{general.id}>: "
        f"the word list has “zebra”. Prompt: ||{PROMPT}||"
    )
    await room.discord.until(lambda: any(said in line for line in lines(room.discord, room.staff)))
    assert not [line for line in lines(room.discord, room.staff) if "Darkroom" in line]
    other = await room.log(member=room.alice, since="1h")
    assert said in other
    assert "changed the word list" not in other
    assert "No matching entries." in await room.log(member=room.alice, since="2999-01-01")
    assert "I don’t understand that time" in await room.log(since="a while ago")


async def test_what_was_sent_before_a_crash_is_not_sent_again(room: Room, tmp_path: Path) -> None:
    await room.moderate("audit", options={"channel": room.staff})
    await room.moderate("pause")
    await room.discord.until(lambda: len(lines(room.discord, room.staff)) == 2)
    await room.bot.kill()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "darkroom.db")) as database:
        database.execute("UPDATE audit SET unposted = 1")
        database.commit()
    room.discord.forget_nonces()
    await room.bot.start()
    await room.bot.wait_ready()
    await room.moderate("resume")
    await room.discord.until(lambda: "resumed the queue" in lines(room.discord, room.staff)[-1])
    assert len(lines(room.discord, room.staff)) == 3
