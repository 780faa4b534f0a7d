"""Two gateways with one database, of which one is killed at each await of what a button, a form or a command does.

What was begun is done once, by whichever of them, or the member reads that it was interrupted. Then doing it again
brings it to its end.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.discord_server import Interaction, Message, Permission, Role, User
from tests.discord_server.interactions import Act
from tests.instances.test_killed_at_every_await import walk
from tests.ledger.orders import look
from tests.looks import is_cancelled, is_done
from tests.machines.gateways import PATIENCE, Siblings, siblings
from tests.people import ALICE
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODERATOR: Final = User("mo", roles=(Role("mods", Permission.MANAGE_MESSAGES),))
CUT_SHORT: Final = "I was interrupted", "I no longer know which grid that was"
_MEANT: Final = "jobs WHERE state <> 'cancelled'"
"""Without those of a gateway that answered second, and took its own back."""
AWAITS: Final = pytest.mark.parametrize(
    ("where", "stride"),
    [
        ("end", 4),
        pytest.param("begin", 4, marks=pytest.mark.endurance),
        pytest.param("end", 1, marks=pytest.mark.endurance),
    ],
)
GROUPS: Final = 2
"""Each has gateways and a database of its own, and runs in a process of its own: most of the time is waiting."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siblings]:
    async with siblings(tmp_path_factory.mktemp("two")) as two:
        yield two


@dataclass
class Scene:
    """What an act is about: a member's image, made for it."""

    two: Siblings
    message: Message = field(init=False)
    question: Message = field(init=False)
    job_id: str = field(init=False)
    before: int = 0

    async def look(self, statement: str) -> list[Any]:
        return [row[0] for row in await look(self.two.machines.database_url, statement)]

    async def number(self, of: str) -> int:
        (found,) = await self.look(f"SELECT count(*) FROM {of}")  # noqa: S608
        return int(found)

    async def of_job(self, column: str) -> Any:  # noqa: ANN401
        (found,) = await self.look(f"SELECT {column} FROM jobs WHERE id = '{self.job_id}'")  # noqa: S608
        return found

    async def order(self, *, done: bool, private: bool = False, prompt: str = "a fox") -> None:
        """An image of Alice's, which is done or waits in a paused queue."""
        rules, guild = self.two.machines.ledger.rules, self.two.discord.guild.id
        await (rules.resume(guild) if done else rules.pause(guild, MODERATOR.id, None))
        made = await self.two.discord.slash("imagine", user=ALICE, prompt=prompt, private=private)
        await made.acknowledged(PATIENCE)
        self.message = await made.message.until(is_done if done else lambda message: not message.loading)
        (self.job_id,) = await self.look("SELECT id FROM jobs ORDER BY number DESC LIMIT 1")
        self.before = await self.number(_MEANT)

    async def asked(self, interaction: Awaitable[Interaction]) -> Interaction:
        made = await interaction
        await made.acknowledged(PATIENCE)
        return made

    async def press(self, custom_id: str, user: User) -> Interaction:
        """A button under a message of the bot that shows something else."""
        return await self.two.discord.forge(self.question, custom_id.format(self.job_id), user=user)

    async def more_jobs(self) -> int:
        return await self.number(_MEANT) - self.before


@dataclass(frozen=True)
class Cut:
    """An act, how often it has been done, and whether everything that belongs to it is visible."""

    name: str
    kind: Act
    prepare: Callable[[Scene], Awaitable[None]]
    act: Callable[[Scene], Awaitable[Interaction]]
    done: Callable[[Scene], Awaitable[int]]
    shown: Callable[[Scene], Awaitable[bool]]


async def waiting(scene: Scene) -> None:
    await scene.order(done=False)
    scene.question = scene.two.discord.answered("A panel", user=MODERATOR).message


async def finished(scene: Scene) -> None:
    await scene.order(done=True)
    scene.question = scene.two.discord.answered("A report", user=MODERATOR).message


async def private(scene: Scene) -> None:
    await scene.order(done=True, private=True)


async def held(scene: Scene) -> None:
    await waiting(scene)
    await scene.two.machines.ledger.hold_back(scene.job_id, scene.two.discord.guild.id, by=0, reason="a word")


async def reported(scene: Scene) -> None:
    await finished(scene)
    # Nobody may report more than a few images a day.
    report = await scene.asked(scene.two.discord.press(scene.message, "Report", user=User(f"bob {scene.before}")))
    await report.message.until(lambda message: "Thank you" in message.content or "saved your report" in message.content)


async def asked_to_delete(scene: Scene) -> None:
    await finished(scene)
    pressed = await scene.asked(scene.two.discord.press(scene.message, "Delete", user=ALICE))
    scene.question = await pressed.followup()


async def cancelled(scene: Scene) -> int:
    return int(await scene.of_job("state") == "cancelled")


async def shows_cancelled(scene: Scene) -> bool:
    return is_cancelled(scene.message) or "🛑 Rejected" in scene.message.content


async def deleted(scene: Scene) -> int:
    return int(await scene.of_job("deleted_by") is not None and scene.message.deleted)


async def always(_scene: Scene) -> bool:
    return True


async def images_shown(scene: Scene) -> bool:
    return await scene.number("jobs WHERE state = 'done'") == await scene.number(
        "jobs WHERE state NOT IN ('cancelled', 'queued')"
    )


async def with_a_form(scene: Scene, opened: Awaitable[Interaction], **entries: str) -> Interaction:
    return await (await scene.asked(opened)).submit(entries)


async def edit(scene: Scene) -> Interaction:
    return await with_a_form(scene, scene.two.discord.press(scene.message, "Edit", user=ALICE), prompt="a hare")


async def reject(scene: Scene) -> Interaction:
    return await with_a_form(scene, scene.press("darkroom:reject-prompt:{}", MODERATOR), reason="no")


async def cancel_why(scene: Scene) -> Interaction:
    return await with_a_form(scene, scene.press("darkroom:moderate:cancel:{}", MODERATOR), reason="late")


async def start_a_grid(scene: Scene) -> Interaction:
    asked = await scene.asked(scene.two.discord.slash("grid", user=ALICE, prompt="a fox", x="seed 2, 3"))
    question = await asked.message.until(lambda message: not message.loading)
    return await scene.two.discord.press(question, "Start", user=ALICE)


async def grids(scene: Scene) -> int:
    return await scene.more_jobs() // 2


async def public(scene: Scene) -> int:
    """How often others see the image."""
    name = scene.message.attachments[0].filename
    shown = [one for one in scene.two.discord.messages() if one.attachments and not one.ephemeral]
    return sum(one.attachments[0].filename == name and "Made by" in one.content for one in shown) - scene.before


async def private_and_counted(scene: Scene) -> None:
    await private(scene)
    scene.before = 0
    scene.before = await public(scene)


CUTS: Final = (
    Cut("Cancel", Act.COMPONENT, waiting, lambda s: s.two.discord.press(s.message, "Cancel", user=ALICE),
        cancelled, shows_cancelled),
    Cut("/cancel", Act.COMMAND, waiting, lambda s: s.two.discord.slash("cancel", user=ALICE, job=s.job_id),
        cancelled, shows_cancelled),
    Cut("cancel with a reason", Act.MODAL_SUBMIT, waiting, cancel_why, cancelled, shows_cancelled),
    Cut("front", Act.COMPONENT, waiting, lambda s: s.press("darkroom:moderate:front:{}", MODERATOR),
        lambda s: s.number(f"jobs WHERE id = '{s.job_id}' AND start_tag < 0"), always),
    Cut("hold", Act.COMPONENT, waiting, lambda s: s.press("darkroom:moderate:hold:{}", MODERATOR),
        lambda s: s.number(f"jobs WHERE id = '{s.job_id}' AND held_by = {MODERATOR.id}"), always),
    Cut("approve", Act.COMPONENT, held, lambda s: s.press("darkroom:approve-prompt:{}", MODERATOR),
        lambda s: s.number(f"jobs WHERE id = '{s.job_id}' AND approved_by = {MODERATOR.id}"), always),
    Cut("reject", Act.MODAL_SUBMIT, held, reject, cancelled, shows_cancelled),
    Cut("report", Act.COMPONENT, finished,
        lambda s: s.two.discord.press(s.message, "Report", user=User(f"bob {s.before}")),
        lambda s: s.number(f"reports WHERE job_id = '{s.job_id}'"), always),
    Cut("delete what was reported", Act.COMPONENT, reported,
        lambda s: s.press("darkroom:report-delete:{}", MODERATOR), deleted, always),
    Cut("delete", Act.COMPONENT, asked_to_delete, lambda s: s.two.discord.press(s.question, "Delete", user=ALICE),
        deleted, always),
    Cut("publish", Act.COMPONENT, private_and_counted,
        lambda s: s.two.discord.press(s.message, "Publish", user=ALICE), public, always),
    Cut("Again", Act.COMPONENT, finished, lambda s: s.two.discord.press(s.message, "Again", user=ALICE),
        Scene.more_jobs, images_shown),
    Cut("Edit", Act.MODAL_SUBMIT, finished, edit, Scene.more_jobs, images_shown),
    Cut("a grid", Act.COMPONENT, finished, start_a_grid, grids, images_shown),
    Cut("limits", Act.COMMAND, waiting, lambda s: s.two.discord.slash(
        "moderate limits", user=MODERATOR, role=MODERATOR.roles[0], queued=s.before),
        lambda s: s.number(f"limits WHERE queued = {s.before}"), always),
)  # fmt: skip


def interrupted(made: Interaction) -> bool:
    said = [*made.followups, *([made.reply.message] if made.reply and made.reply.message else [])]
    return any(words in message.content for message in said for words in CUT_SHORT)


@AWAITS
@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(cut, id=cut.name, marks=pytest.mark.xdist_group(f"cut short {number % GROUPS}"))
        for number, cut in enumerate(CUTS)
    ],
)
async def test_it_is_done_once_or_the_member_reads_that_it_was_interrupted(
    two: Siblings, cut: Cut, where: str, stride: int
) -> None:
    scene = Scene(two)

    async def prepare() -> None:
        await cut.prepare(scene)

    async def act(_words: str) -> Interaction:
        two.right.suspend()
        return await cut.act(scene)

    async def settle(made: Interaction, died: bool) -> None:
        dead = await two.process_of(made) if died else None
        two.right.resume()
        await made.acknowledged(PATIENCE)

        async def is_done_now() -> bool:
            return await cut.done(scene) > 0

        async def is_settled() -> bool:
            await two.lease_passes(made, dead)
            return interrupted(made) or (await is_done_now() and not loading(made))

        try:
            await until(is_settled)
        except TimeoutError:
            pytest.fail(f"done {await cut.done(scene)} times; {made.describe(made)}", pytrace=False)
        if not await cut.done(scene):
            assert died
            # As if the minute had passed in which nobody else publishes the image.
            await scene.look("UPDATE jobs SET publishing_until = 0 WHERE publishing_until IS NOT NULL RETURNING 1")
            again = await cut.act(scene)
            await again.acknowledged(PATIENCE)
            await until(is_done_now)
        await until(lambda: cut.shown(scene))
        assert await cut.done(scene) == 1

    try:
        assert await walk(two.left, where, stride, act, settle, cut.kind, prepare)
    finally:
        two.right.resume()


def loading(made: Interaction) -> bool:
    return made.reply is not None and made.reply.message is not None and made.reply.message.loading
