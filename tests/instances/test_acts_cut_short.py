"""An act whose process is killed at each of its awaits (in `make endurance`; otherwise at every fourth): done once or
not at all, never left unanswered, and in the moderators' log exactly if it was done.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.ledger import Act
from tests.discord_server import BotProcess, DiscordStandIn, Interaction, Permission, Role, User
from tests.instances.test_killed_at_every_await import AWAITS, ONE_DATABASE, walk
from tests.ledger.orders import look
from tests.machines.gateways import PATIENCE, siblings
from tests.waiting import until

MODERATOR = User("mo", roles=(Role("mods", Permission.MANAGE_MESSAGES),))
MEMBER = User("mallory")


def is_answered(made: Interaction) -> bool:
    """Whether the moderator reads something, and not "thinking" for ever."""
    return made.reply is not None and not made.message.loading


async def block(discord: DiscordStandIn, reason: str) -> Interaction:
    return await discord.slash("moderate block", user=MODERATOR, options={"user": MEMBER, "reason": reason})


@ONE_DATABASE
@AWAITS
async def test_with_one_database_it_is_done_or_said_to_be_cut_short(tmp_path: Path, where: str, stride: int) -> None:
    async with siblings(tmp_path) as two:
        reasons: list[str] = []

        async def act(words: str) -> Interaction:
            two.right.suspend()
            reasons.append(words)
            return await block(two.discord, words)

        async def settle(made: Interaction, died: bool) -> None:
            dead = await two.process_of(made) if died else None
            two.right.resume()
            await made.acknowledged(PATIENCE)

            async def is_settled() -> bool:
                await two.lease_passes(made, dead)
                return is_answered(made)

            await until(is_settled)
            done = await look(two.machines.database_url, "SELECT reason FROM blocks")
            is_done = done == [(reasons[-1],)]
            assert is_done or "interrupted" in made.message.content
            log = await two.machines.ledger.audit.log(two.discord.guild.id, act=Act.BLOCKED, limit=1000)
            assert any(line.detail.endswith(reasons[-1]) for line in log) == is_done

        assert await walk(two.left, where, stride, act, settle)
        log = await two.machines.ledger.audit.log(two.discord.guild.id, act=Act.BLOCKED, limit=1000)
        assert len({line.detail for line in log}) == len(log) <= len(reasons)


@AWAITS
async def test_alone_it_says_after_the_restart_that_it_was_cut_short(
    discord: DiscordStandIn, bot: BotProcess, tmp_path: Path, where: str, stride: int
) -> None:
    def reads(column: str) -> list[str]:
        with closing(sqlite3.connect(tmp_path / "data" / "darkroom.db")) as connection:
            return [row[0] for row in connection.execute(column)]

    async def act(words: str) -> Interaction:
        return await block(discord, words)

    async def settle(made: Interaction, died: bool) -> None:
        if died:
            await bot.start()
            await bot.wait_ready()
        if made.reply is not None:
            await until(lambda: is_answered(made))
        reason = made.data["options"][0]["options"][-1]["value"]
        logged = reads("SELECT detail FROM audit WHERE act = 'blocked'")
        assert any(line.endswith(reason) for line in logged) == (reason in reads("SELECT reason FROM blocks"))

    assert await walk(bot, where, stride, act, settle)
