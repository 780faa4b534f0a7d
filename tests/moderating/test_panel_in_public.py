"""The queue's panel shows what is on hold, and why, only where nobody but moderators can read it."""

import json

from tests.discord_server import Message, answered
from tests.moderating.acts import Room, shows
from tests.moderating.test_panel import panel, pick
from tests.people import MODERATORS
from tests.waiting import until

WORD = "zeppelin"
PROMPT = f"a {WORD} over the sea"


async def hold_one(room: Room) -> None:
    """A request that the word list holds."""
    await room.moderate("words add", kind="word", text=WORD, action="hold")
    await room.imagine(room.alice, PROMPT)


def written(shown: Message) -> str:
    """Everything that the message says now, in its menus too."""
    return f"{shown.text}{json.dumps([*shown.state.components])}"


async def test_where_everybody_reads_it_a_held_prompt_is_not_spelled_out(room: Room) -> None:
    shown = await panel(room)
    await hold_one(room)
    await room.fill_the_server()
    await room.imagine(room.alice, "a cat")
    await shows(shown, "**On hold** (1)", "a request on hold", "· a cat")
    assert all(WORD not in f"{state.text}{json.dumps([*state.components])}" for state in shown.states)
    picked = await answered(room.discord.select(shown, "Pick a job to manage", [label_of(shown)], user=room.mia))
    assert picked.message.ephemeral
    assert PROMPT in picked.message.text


def label_of(shown: Message) -> str:
    (label,) = [
        option["label"]
        for row in shown.components
        for one in row["components"]
        for option in one.get("options", [])
        if "on hold" in option["label"]
    ]
    return str(label)


async def test_where_a_moderator_put_it_on_hold_the_reason_is_not_shown_either(room: Room) -> None:
    shown = await panel(room)
    await room.fill_the_server()
    await room.imagine(room.alice, "a cat")
    picked = await pick(room, shown, "a cat", room.mia)
    await answered(room.discord.press(picked.message, "Hold", user=room.mia))
    await shows(shown, "**On hold** (1)", "a request on hold")
    assert "a cat" not in written(shown)


async def test_where_only_moderators_read_it_it_says_what_is_on_hold(room: Room) -> None:
    room.discord.let_in(room.staff, MODERATORS)
    shown = await panel(room)
    await hold_one(room)
    await shows(shown, "**On hold** (1)", PROMPT)


async def test_it_follows_the_channels_permissions(room: Room) -> None:
    room.discord.let_in(room.staff, MODERATORS)
    shown = await panel(room)
    await hold_one(room)
    await shows(shown, PROMPT)
    room.discord.let_in(room.staff)
    await shows(shown, "a request on hold")
    assert WORD not in written(shown)
    room.discord.let_in(room.staff, MODERATORS)
    await shows(shown, PROMPT)
    room.discord.let_in(room.staff, MODERATORS, room.bob)
    await shows(shown, "a request on hold")


async def test_a_role_that_cannot_moderate_makes_it_public(room: Room) -> None:
    patrons = next(role for role in room.studio.roles if role.name == "patrons")
    room.discord.let_in(room.staff, MODERATORS, patrons)
    shown = await panel(room)
    await hold_one(room)
    await shows(shown, "a request on hold")
    room.discord.give_command("moderate", room.studio, {MODERATORS: True, patrons: True})

    async def spelled_out() -> bool:
        return PROMPT in shown.text

    await until(spelled_out)


async def test_a_channel_for_approvals_or_the_log_that_others_can_read_is_warned_of(room: Room) -> None:
    for command in ("audit", "approvals"):
        assert "Others can read that channel" in await room.moderate(
            command, channel=room.staff, options={"channel": room.staff}
        )
    room.discord.let_in(room.staff, MODERATORS)

    async def settled() -> bool:
        return "Others can read" not in await room.moderate("approvals")

    await until(settled)
    assert "Others can read" not in await room.moderate("audit")
    assert "Others can read" not in await room.moderate("digest", options={"channel": room.studio.channel("general")})
