"""Fifty jobs that end at once: each is in one notice, and Discord refuses nothing."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import REAL_RATE_LIMITS, DiscordStandIn, User
from tests.looks import is_done
from tests.member_settings.test_told import notices, order, tells, until_settled
from tests.people import ALICE
from tests.recovery.studio import Studio
from tests.waiting import until

MEMBERS = 30
OF_ALICE = 20


@pytest.mark.waits
async def test_each_is_told_once_and_discord_refuses_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    discord.faults.rate_limits = REAL_RATE_LIMITS
    comfyui.faults.hang_in = "VAEDecode"
    async with Studio(discord, [comfyui], tmp_path) as studio:
        users = [*(User(f"member {number}") for number in range(MEMBERS)), *[ALICE] * OF_ALICE]
        orders = [await order(studio, user) for user in users]
        studio.change("UPDATE jobs SET created_at = created_at - 61")
        comfyui.faults.hang_in = None
        for one in orders:
            await one.message.until(is_done, 180)
        await until(lambda: set(studio.states().values()) == {"done"})
        await until_settled(studio)
    assert not [request for request in discord.requests if request.status == 429]
    posted = notices(discord)
    linked = Counter(int(link) for one in posted for link in re.findall(r"/channels/\d+/\d+/(\d+)", one.content))
    theirs = {one.message.id for one, user in zip(orders, users, strict=True) if user is not ALICE}
    assert {number: linked[number] for number in theirs} == dict.fromkeys(theirs, 1)
    assert max(linked.values()) == 1
    assert sum(map(_counted, (one.content for one in posted if f"<@{ALICE.id}>" in one.content))) == OF_ALICE
    assert len(posted) < len(users), "what ends together is told together"
    assert len([one for one in discord.requests if tells(one)]) == len(posted)
    for notice in posted:
        (owner,) = notice.state.mentioned
        assert notice.content.startswith(f"🔔 <@{owner}>")


def _counted(content: str) -> int:
    """How many jobs a notice speaks of."""
    found = re.search(r"> (\d+) of your requests are ready", content)
    return int(found[1]) if found else 1
