"""Times that people read come from Discord's clock."""

import logging
import re
import time
from collections.abc import Iterator

import pytest

from bot.discord_times import CLOCKS, Clocks, shown_machine_time, shown_time
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.looks import finished
from tests.people import ALICE

AHEAD = 1200.0
"""Seconds: Discord's clock is 20 minutes ahead of this machine's."""


@pytest.fixture
def clocks() -> Iterator[Clocks]:
    yield CLOCKS
    CLOCKS.machine = CLOCKS.database = 0.0


def test_a_difference_counts_when_it_is_seen_twice(clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        clocks.discord_said(1_000.0, 2_200.0)
        assert shown_time(2_200.0, "R") == "<t:2200:R>"
        clocks.discord_said(1_001.0, 2_201.4)
        assert (shown_time(2_200.0, "R"), shown_machine_time(2_200.0, "f")) == ("<t:999:R>", "<t:999:f>")
        # An hour's jump in the middle, and back to the right time.
        for _ in range(2):
            clocks.discord_said(5_000.0, 5_000.8)
        assert shown_time(5_000.0, "R") == "<t:5000:R>"
    assert caplog.messages == ["this machine's clock is 1200 s ahead of Discord's: synchronize it with NTP"]


def test_discords_clock_is_known_until_this_machines_is_set() -> None:
    clocks = Clocks()
    assert not clocks.are_known(), "nobody has heard it"
    clocks.discord_said(1_000.0, time.time())
    assert not clocks.are_known(), "once may be a mistake"
    clocks.discord_said(1_000.0, time.time())
    assert clocks.are_known()
    for _ in range(2):
        clocks.discord_said(1_000.0, time.time() - 3600)
    assert not clocks.are_known(), "it is an hour later than it should be"


def test_a_small_difference_changes_no_text(clocks: Clocks) -> None:
    for moment in range(20):
        clocks.discord_said(moment, moment + 2.9 * (moment % 2))
    assert shown_time(100.0, "R") == "<t:100:R>"


def test_the_times_of_the_ledger_are_by_the_databases_clock(clocks: Clocks) -> None:
    clocks.database_said(2_000.0, 1_900.0)
    assert (shown_time(2_000.0, "R"), shown_machine_time(2_000.0, "R")) == ("<t:1900:R>", "<t:2000:R>")


async def test_what_members_read_is_right_on_a_machine_that_is_20_minutes_behind(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    discord.faults.clock_ahead = AHEAD
    await bot.restart()
    await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    page = await answered(discord.slash("history", user=ALICE))
    await page.message.until(lambda message: "<t:" in message.content)
    (shown, *_) = map(int, re.findall(r"<t:(\d+):", page.message.content))
    assert abs(shown - AHEAD - time.time()) < AHEAD / 4
    await bot.says("this machine's clock is 1200 s behind Discord's")
