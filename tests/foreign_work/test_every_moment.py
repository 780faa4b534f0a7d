"""Two prompts of the owner before the member's, one after it: what everybody reads, at every moment."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Interaction, Permission, Role, User, answered
from tests.foreign_work.owner import Owner
from tests.looks import is_cancelled, is_done, is_running, says
from tests.operator.program import program
from tests.people import ALICE, BOB
from tests.programs import ROOT
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

MODERATOR: Final = User("mo", roles=(Role("mods", Permission.MANAGE_MESSAGES),))
TWO, ONE = "waiting for 2 images started directly", "waiting for 1 image started directly"
GUIDE: Final = ROOT / "docs" / "shared-gpus.md"
"""Its last part is what people read in this test."""
# Slow enough that the owner's endless prompts can be ended one by one.
pytestmark = pytest.mark.parametrize("comfyui", [40], indirect=True)


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path) as studio:
        await studio.bot.says(f"{comfyui.url} answers")
        yield studio


@pytest.fixture
def owner(comfyui: ComfyUIStandIn) -> Owner:
    return Owner(comfyui.url)


def plain(text: str) -> str:
    """A text on one line: without the quoted prompt, names, times, and how far the bar is."""
    text = re.sub(r"<t:\d+:R>", "(time)", text)
    text = re.sub(r"(\d+ s|< ?1 s)(\n-# .*)?$", "2 s", text)
    text = text.removeprefix("This server’s queue\n")
    text = re.sub(r"^> .*\n", "", text)
    text = re.sub(r"^🎨 \*\*.*\n.*", "🎨 its stage and its bar", text)
    text = re.sub(r"<@\d+>", "@alice", text)
    return text.replace("\n", "<br>")


def shows(*words: str) -> Callable[[str], bool]:
    return lambda text: all(word in text for word in words)


class Moments:
    """What the member's message, `/queue` and the moderators' panel say."""

    def __init__(self, studio: Studio) -> None:
        self.rows: list[tuple[str, str, str, str]] = []
        self.order: Interaction | None = None
        self._studio = studio

    def as_list(self) -> str:
        return "\n".join(
            f"- **{moment}**\n"
            f"  - the member's message: {message}\n"
            f"  - `/queue`: {listed}\n"
            f"  - the moderators' panel: {panelled}"
            for moment, message, listed, panelled in self.rows
        )

    async def note(self, moment: str, queue: Callable[[str], bool], panel: Callable[[str], bool]) -> None:
        """Wait until the queue and the panel say what they should."""
        discord = self._studio.discord
        listed = await self._shown(lambda: answered(discord.slash("queue", user=BOB)), queue)
        panelled = await self._shown(lambda: answered(discord.slash("moderate queue", user=MODERATOR)), panel)
        message = "none" if self.order is None else plain(self.order.message.content)
        self.rows.append((moment, message, listed, panelled))

    async def _shown(self, look: Callable[[], Awaitable[object]], right: Callable[[str], bool]) -> str:
        seen = ""

        async def says_it() -> bool:
            nonlocal seen
            message = (await look()).message  # type: ignore[attr-defined]
            seen = message.text
            return right(seen)

        try:
            await until(says_it)
        except TimeoutError:
            pytest.fail(f"it says: {seen}")
        return plain("\n".join(line for line in seen.splitlines() if line and not line.startswith("-# Updates")))


async def test_what_everybody_reads_before_during_and_after(
    studio: Studio, comfyui: ComfyUIStandIn, owner: Owner
) -> None:
    moments = Moments(studio)
    await owner.queue(4)
    await moments.note("Nobody has asked for an image", shows("4 images started"), shows("server 1: 4 images started"))
    assert "starts right away" not in moments.rows[0][2]
    order = moments.order = await studio.order(ALICE)
    (first, *_) = order.message.states
    assert "waiting for 4 images started directly in ComfyUI" in first.content, "also in the first reply"
    assert "at the earliest" in first.content
    await moments.note("Four come first: a long queue", shows("1 waiting", "waiting for 4"), shows("Waiting"))
    for _ in range(2):
        await owner.end_running()
    await order.message.until(says("Up next · " + TWO))
    await moments.note("Two come first: the job goes to ComfyUI", shows("up next · " + TWO), shows("after 2 images"))
    assert studio.select("SELECT begun_at FROM jobs") == [(None,)], "it has not begun"
    await owner.end_running()
    await order.message.until(says(ONE))
    await moments.note("One comes first", shows(ONE, "🖥️ 1 image"), shows("after 1 image"))
    await owner.queue(1, steps=1)
    comfyui.faults.hang_in = "KSampler"
    await owner.end_running()
    await order.message.until(is_running)
    assert "waiting" not in order.message.content
    await moments.note("The member's image runs", shows("🎨", "🖥️ 1 image"), shows("Running", "server 1: 1 image"))
    await until(lambda: studio.select("SELECT begun_at IS NULL, foreign_ahead FROM jobs") == [(0, 0)])
    comfyui.faults.hang_in = None
    await order.message.until(is_done)
    await moments.note("Both are done", shows("starts right away"), lambda text: "somebody" not in text)
    assert comfyui.executed == [*owner.prompts[:4], job_of(order), owner.prompts[4]]
    assert len(comfyui.interrupts) == 4, "nobody interrupted anything but the owner"
    written, seen = GUIDE.read_text(encoding="utf-8"), moments.as_list()
    assert f"\n{seen}\n" in written, f"{GUIDE.name} says something else:\n{seen}"


async def test_cancelled_behind_the_owners_it_leaves_theirs_alone(
    studio: Studio, comfyui: ComfyUIStandIn, owner: Owner
) -> None:
    theirs = await owner.queue(2)
    order = await studio.order(ALICE)
    await order.message.until(says("Up next · " + TWO))
    await answered(studio.discord.press(order.message, "Cancel", user=ALICE))
    await order.message.until(is_cancelled)
    assert await owner.look() == (theirs[:1], theirs[1:])
    assert not comfyui.interrupts
    env = {**studio.discord.environment(), "COMFYUI_URLS": comfyui.url, "DATA_DIR": str(studio.database.parent)}
    said = " ".join((await program("doctor", env=env)).out.split())
    assert "2 in its queue, 2 of them started in ComfyUI itself" in said
    assert job_of(order) not in comfyui.executed


async def test_what_it_took_and_what_is_learned_from_it_is_its_own_work(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    quick = await studio.order(ALICE)
    await quick.message.until(is_done)
    await Owner(comfyui.url).queue(1, steps=200)
    order = await studio.order(ALICE, "a fox behind somebody")
    await order.message.until(is_done)
    ((before, after),) = studio.select("SELECT min(seconds), max(seconds) FROM jobs")
    waited = studio.select("SELECT begun_at - started_at FROM jobs ORDER BY number DESC LIMIT 1")[0][0]
    assert waited > after, "it waited longer than it took"
    assert after < before + waited / 2
    ((recent,),) = studio.select("SELECT recent FROM costs WHERE server = ''")
    assert max(map(float, recent.strip("[]").split(","))) < waited


async def test_a_restart_in_between_takes_nothing_of_ours_for_the_owners(
    studio: Studio, comfyui: ComfyUIStandIn, owner: Owner
) -> None:
    theirs = await owner.queue(2)
    order = await studio.order(ALICE)
    await order.message.until(says("Up next · " + TWO))
    await studio.restart()
    await until(lambda: studio.select("SELECT foreign_prompts FROM servers WHERE answering") == [(2,)])
    await until(lambda: studio.select("SELECT state, foreign_ahead FROM jobs") == [("running", 2)])
    await owner.end_running()
    await order.message.until(says(ONE))
    comfyui.faults.hang_in = "KSampler"
    await owner.end_running()
    await order.message.until(is_running)
    await studio.restart()
    await until(lambda: studio.select("SELECT foreign_prompts FROM servers WHERE answering") == [(0,)])
    await until(lambda: studio.select("SELECT state, begun_at IS NULL FROM jobs") == [("running", 0)])
    comfyui.faults.hang_in = None
    await order.message.until(is_done)
    assert comfyui.executed == [*theirs, job_of(order)]
    assert len(studio.deliveries(order)) == 1
