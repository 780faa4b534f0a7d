"""Server admins give `/moderate` to others, or take it away: its buttons and forms go with it."""

import pytest

from bot.discord_ui.core.commands.permissions import Overwrite, verdict
from tests.discord_server import Message, NotOffered, Role, User, answered
from tests.discord_server.faults import Failure
from tests.moderating.acts import Room, told
from tests.people import MODERATORS
from tests.waiting import until

HELPERS = Role("helpers")
NOT_YOURS = "Only moderators can do that"


@pytest.fixture
def hana() -> User:
    """No moderator by anything but the command."""
    return User("hana", roles=(HELPERS,))


async def panel(room: Room) -> Message:
    opened = await answered(room.discord.slash("moderate queue", user=room.mia))
    await opened.message.until(lambda message: bool(message.buttons))
    return opened.message


async def pressed(room: Room, where: Message, user: User) -> str:
    """What comes of somebody's press on Pause."""
    asked = await room.discord.press(where, "Pause", user=user)
    reply = await asked.acknowledged()
    return "a form" if reply.modal is not None else asked.message.content


async def test_whoever_is_given_the_command_has_its_buttons(room: Room, hana: User) -> None:
    where = await panel(room)
    assert NOT_YOURS in await pressed(room, where, hana)
    room.discord.give_command("moderate", room.studio, {HELPERS: True})
    await until(lambda: _may(room, where, hana))
    assert "The queue" in await told(await room.discord.slash("moderate resume", user=hana))
    assert NOT_YOURS in await pressed(room, where, room.alice)
    # Next door nothing was given.
    with pytest.raises(NotOffered):
        await room.discord.slash("moderate queue", user=hana, channel=room.lobby)
    room.discord.give_command("moderate", room.studio, {})
    await until(lambda: _may_not(room, where, hana))


async def test_whoever_has_it_taken_away_has_none_of_it(room: Room) -> None:
    where = await panel(room)
    assert await _may(room, where, room.mia)
    room.discord.give_command("moderate", room.studio, {room.mia: False, MODERATORS: True})
    await until(lambda: _may_not(room, where, room.mia))
    assert await _may(room, where, room.max)


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_where_discord_does_not_tell_the_usual_permissions_hold(room: Room, hana: User, status: int) -> None:
    room.discord.faults.plan("GET", "*/commands/permissions", Failure(status), 100)
    where = await panel(room)
    assert await _may(room, where, room.mia)
    assert NOT_YOURS in await pressed(room, where, hana)


async def test_while_discord_says_nothing_the_usual_permissions_hold(room: Room, hana: User) -> None:
    room.discord.faults.holds = lambda request: request.path.endswith("/commands/permissions")
    where = await panel(room)
    assert await _may(room, where, room.mia)
    assert NOT_YOURS in await pressed(room, where, hana)


async def _may(room: Room, where: Message, user: User) -> bool:
    return await pressed(room, where, user) == "a form"


async def _may_not(room: Room, where: Message, user: User) -> bool:
    return NOT_YOURS in await pressed(room, where, user)


GUILD, COMMAND, APPLICATION, USER, ROLE, OTHER = 1, 2, 3, 4, 5, 6
ALL, MINE, HIS = Overwrite(GUILD, 1, True), Overwrite(ROLE, 1, True), Overwrite(USER, 2, True)
NO_ALL, NO_MINE, NO_HIS = Overwrite(GUILD, 1, False), Overwrite(ROLE, 1, False), Overwrite(USER, 2, False)
ANOTHER, A_CHANNEL = Overwrite(OTHER, 1, True), Overwrite(USER, 3, True)


@pytest.mark.parametrize(
    ("of_command", "of_application", "expected"),
    [
        ([], [], None),
        ([ANOTHER], [], None),
        ([A_CHANNEL], [], None),
        ([MINE], [], True),
        ([NO_MINE], [], False),
        ([NO_ALL, MINE], [], True),
        ([ALL, NO_MINE], [], False),
        ([MINE, NO_HIS], [], False),
        ([NO_MINE, HIS], [], True),
        ([NO_MINE, Overwrite(OTHER + 1, 1, True)], [], True),
        ([], [NO_ALL], False),
        ([], [MINE], None),
        ([MINE], [NO_HIS], True),
    ],
)
def test_the_narrowest_word_counts(
    of_command: list[Overwrite], of_application: list[Overwrite], expected: bool | None
) -> None:
    said = {COMMAND: of_command, APPLICATION: of_application}
    assert verdict(said, COMMAND, APPLICATION, GUILD, USER, {ROLE, OTHER + 1}) is expected
