"""`/moderate block`, `limits`, `channels` and `words` through the whole program: what is set holds at once."""

from tests.discord_server import Role, User, answered
from tests.moderating.acts import PATRONS, Room, shows
from tests.waiting import until


async def refused(room: Room, user: User, prompt: str, **more: str) -> str:
    ordered = await answered(room.discord.slash("imagine", user=user, prompt=prompt, options=more))
    return ordered.message.content if ordered.message.ephemeral else ""


async def test_a_blocked_member_loses_waiting_jobs_and_can_request_nothing_until_unblocked(room: Room) -> None:
    filling = await room.fill_the_server()
    waiting = await room.imagine(room.bob, "a cat")
    next_door = await room.imagine(room.bob, "next door", room.lobby)
    said = await room.moderate("block", options={"user": room.bob, "duration": "2h", "reason": "a flood"})
    assert f"<@{room.bob.id}> is blocked until <t:" in said
    assert "1 waiting job was cancelled." in said
    await shows(waiting.message, f"🛑 Cancelled by <@{room.mia.id}>: a flood")
    told = await refused(room, room.bob, "another")
    assert "a flood" in told
    assert "<t:" in told
    assert not await refused(room, room.alice, "mine")
    room.go_on()
    for ordered in (*filling, next_door):
        await shows(ordered.message, "✅")
    assert "can request images again" in await room.moderate("unblock", options={"user": room.bob})
    assert "isn’t blocked" in await room.moderate("unblock", options={"user": room.bob})
    assert not await refused(room, room.bob, "again")


async def test_a_bot_cannot_be_blocked(room: Room) -> None:
    answer = await room.moderate("block", options={"user": room.discord.bot})
    assert answer == f"<@{room.discord.bot.id}> is a bot, and bots can’t request images. Choose a member."


async def test_a_block_also_cancels_what_is_up_next_on_a_server(room: Room) -> None:
    running, ready = await room.fill_the_server()
    await shows(ready.message, "🕓 Up next")
    assert "1 waiting job was cancelled." in await room.moderate("block", options={"user": ready.user})
    await shows(ready.message, f"🛑 Cancelled by <@{room.mia.id}>")
    room.go_on()
    await shows(running.message, "✅")


async def test_a_time_that_nobody_understands_blocks_nobody(room: Room) -> None:
    assert "30m" in await room.moderate("block", options={"user": room.bob, "duration": "a while"})
    assert not await refused(room, room.bob, "a cat")


async def test_limits_hold_for_the_roles_that_have_them(room: Room) -> None:
    room.stand_still()
    everyone, patrons = Role("@everyone", id=room.studio.id), PATRONS
    said = await room.moderate("limits", options={"role": everyone, "queued": 1, "size": "64x64", "lane": 1})
    assert said == "**everyone**: 1 job waiting at once, goes last, up to 64 x 64"
    await room.moderate("limits", options={"role": patrons, "size": "512x512", "weight": 2.5})
    assert "larger" in await refused(room, room.alice, "a cat", size="128x128")
    assert not await refused(room, User("pat", roles=(patrons,)), "a cat", size="128x128")
    table = await room.moderate("limits")
    assert f"<@&{patrons.id}>: weight 2.5, up to 512 x 512" in table
    assert "64 x 64" not in await room.moderate("limits", options={"role": everyone, "clear": "size"})
    assert "no limits" in await room.moderate("limits", options={"role": everyone, "clear": "everything"})
    assert "Choose a `role`" in await room.moderate("limits", queued=3)
    assert "1024x1024" in await room.moderate("limits", options={"role": everyone, "size": "huge"})
    assert not await refused(room, room.alice, "a cat", size="128x128")


async def test_the_limits_of_a_deleted_role_can_be_removed(room: Room) -> None:
    everyone, patrons = Role("@everyone", id=room.studio.id), PATRONS
    await room.moderate("limits", options={"role": everyone, "queued": 9})
    await room.moderate("limits", options={"role": patrons, "queued": 20, "weight": 2})
    assert "No deleted role has limits" in await room.moderate("limits", clear="everything")
    assert "deleted role" not in await room.moderate("limits")
    room.discord.delete_role(room.studio, patrons)
    table = await room.moderate("limits")
    assert f"<@&{patrons.id}>: 20 jobs waiting at once, weight 2 · deleted role" in table
    assert "**everyone**: 9 jobs waiting at once\n" in table
    assert "`/moderate limits clear:everything` without a role removes the limits of deleted roles." in table
    assert "Choose a `role`" in await room.moderate("limits", clear="queued")
    assert "Choose a `role`" in await room.moderate("limits", clear="everything", queued=3)
    room.discord.fail_next("GET", f"/guilds/{room.studio.id}/roles", 500, times=20)
    assert "No deleted role has limits" in await room.moderate("limits", clear="everything"), "Discord does not say so"
    room.discord.faults.forget()
    assert await room.moderate("limits", clear="everything") == f"<@&{patrons.id}>: no limits"
    table = await room.moderate("limits")
    assert "deleted" not in table
    assert "**everyone**: 9 jobs waiting at once" in table
    assert f"<@{room.mia.id}> changed the limits: <@&{patrons.id}>: no limits" in await room.log()


async def test_an_order_too_many_is_in_the_log_like_every_refusal(room: Room) -> None:
    await room.moderate("limits", options={"role": Role("@everyone", id=room.studio.id), "daily": 1})
    assert not await refused(room, room.bob, "a cat")
    assert await refused(room, room.bob, "one more")

    async def logged() -> bool:
        shown = await room.moderate("log", options={"act": "refused", "member": room.bob})
        return "it’s over a limit. Prompt: ||one more||" in shown

    await until(logged)


async def test_channels_are_allowed_denied_and_cleared(room: Room) -> None:
    general = room.studio.channels[0]
    assert "not allowed" in await room.moderate("channels set", options={"channel": general, "use": "deny"})
    assert "can’t use me in this channel" in await refused(room, room.alice, "a cat")
    said = await room.moderate("channels set", options={"channel": general, "use": "unset", "workflows": "Negative"})
    assert said == f"<#{general.id}>: only Negative"
    assert "isn’t allowed in this channel" in await refused(room, room.alice, "a cat")
    assert "There’s no workflow" in await room.moderate(
        "channels set", options={"channel": general, "workflows": "nothing"}
    )
    await room.moderate("channels set", options={"channel": room.staff, "use": "allow", "spoiler": "yes"})
    listed = await room.moderate("channels list")
    assert f"<#{room.staff.id}>: allowed · images behind a spoiler" in listed
    await room.moderate("channels clear", options={"channel": general})
    assert "can’t use me in this channel" in await refused(room, room.alice, "a cat"), "another one is allowed by name"
    await room.moderate("channels clear", options={"channel": room.staff})
    assert not await refused(room, room.alice, "a cat")
    assert "No channel rules yet" in await room.moderate("channels list")


async def test_the_rules_of_a_deleted_channel_can_be_removed(room: Room) -> None:
    """The only channel that was allowed is gone, and nobody can pick it any more."""
    general = room.studio.channels[0]
    await room.moderate("channels set", options={"channel": room.staff, "use": "allow"})
    await room.moderate("channels set", options={"channel": general, "spoiler": "yes"})
    assert "No deleted channel has rules" in await room.moderate("channels clear")
    room.discord.delete_channel(room.staff)
    assert "can’t use me in this channel" in await refused(room, room.alice, "a cat"), "rules are not lifted by that"
    listed = await room.moderate("channels list")
    assert f"<#{room.staff.id}>: allowed · deleted channel" in listed
    assert "without a channel removes the rules for deleted channels" in listed
    room.discord.fail_next("GET", f"/channels/{room.staff.id}", 500, times=20)
    assert "No deleted channel has rules" in await room.moderate("channels clear"), "Discord does not say so"
    room.discord.faults.forget()
    assert f"Removed the rules for <#{room.staff.id}>." in await room.moderate("channels clear")
    assert not await refused(room, room.alice, "a cat")
    listed = await room.moderate("channels list")
    assert listed == f"<#{general.id}>: images behind a spoiler"


async def test_words_are_added_found_listed_and_removed(room: Room) -> None:
    await room.moderate("words add", kind="word", text="zebra", action="refuse")
    await room.moderate("words add", kind="phrase", text="blue horse", action="hold")
    assert "isn’t allowed here" in await refused(room, room.alice, "a z e b r a in the sun")
    held = await room.imagine(room.alice, "one blue horse")
    await shows(held.message, "A moderator has to look at it first")
    next_door = await room.imagine(room.alice, "a zebra", room.lobby)
    await shows(next_door.message, "✅")
    listed = await answered(room.discord.slash("moderate words list", user=room.mia))
    assert listed.message.ephemeral
    assert listed.message.attachments[0].content == b"refuse\tword\tzebra\nhold\tphrase\tblue horse\n"
    (offered,) = await room.discord.autocomplete("moderate words remove", option="rule", value="zeb", user=room.mia)
    assert "Removed “zebra”" in await room.moderate("words remove", rule=str(offered.value))
    assert "isn’t in the list" in await room.moderate("words remove", rule=str(offered.value))
    assert not await refused(room, room.alice, "a zebra")
    assert "isn’t a valid RE2 pattern" in await room.moderate("words add", kind="pattern", text="(", action="hold")

    async def logged() -> bool:
        text = await room.log(act="refused")
        said = f"🚫 A request from <@{room.alice.id}> was refused in <#{room.studio.channels[0].id}>: the word list has"
        return f"{said} “zebra”. Prompt: ||a z e b r a in the sun||" in text

    await until(logged)


async def test_an_operator_can_act_without_being_a_moderator(room: Room) -> None:
    room.discord.reassigned.add("moderate")
    assert "Only moderators" in await room.moderate("pause", room.alice)
    assert "The queue is paused" in await room.moderate("pause", room.operator)
    assert "running again" in await room.moderate("resume", room.operator)


async def test_a_log_is_turned_page_by_page(room: Room) -> None:
    for number in range(6):
        await room.moderate("pause", reason=f"pause {number}")
        await room.moderate("resume")

    async def complete() -> bool:
        return "resumed" in (await room.log()).splitlines()[0] and "pause 5" in await room.log()

    await until(complete)
    first = await answered(room.discord.slash("moderate log", user=room.mia, act="paused"))
    assert not first.message.buttons
    whole = await answered(room.discord.slash("moderate log", user=room.mia))
    await answered(room.discord.press(whole.message, "Older", user=room.mia))
    assert "pause 0" in whole.message.content
    assert "pause 5" not in whole.message.content
    await (await room.discord.press(whole.message, "Newest", user=room.mia)).acknowledged()
    assert "pause 5" in whole.message.content
