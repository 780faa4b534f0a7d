"""`/moderate limits`: what each role may have. Of a member's roles the most generous counts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, RoleLimits
from bot.messages import as_many_as_fit
from bot.moderation.moderator import Moderator, Outcome

_LANES: Final = {-1: "goes first", 0: "waits as others do", 1: "goes last"}
_SIZE: Final = re.compile(r"(\d{1,5}) ?[x×*] ?(\d{1,5})", re.IGNORECASE)
_PIXELS: Final = re.compile(r"(\d[\d,. ]{0,12})(?:pixels?|px)?", re.IGNORECASE)
_MOST_PIXELS: Final = 2**31 - 1
_NO_SIZE: Final = "I do not understand that size. Write it like `1024x1024`, or as a number of pixels."
_NO_ROLE: Final = "Say for which `role`; @everyone is one, too."
_NOTHING: Final = "Nothing is limited in this server. Set something with `/moderate limits role:… queued:3`."

_COLUMNS: Final[dict[str, str]] = {"size": "pixels"} | {
    name: name for name in ("queued", "daily", "steps", "pictures", "weight", "lane")
}

Clear = Literal["everything", "queued", "daily", "size", "steps", "pictures", "weight", "lane"]


def add_limit_commands(group: app_commands.Group) -> None:
    """Add the command to the group."""

    @group.command(name="limits", description="What each role may have; the most generous of a member's roles counts")
    @app_commands.describe(
        role="Whose; @everyone is everybody",
        queued="Pictures waiting at once",
        daily="Pictures in 24 hours",
        size="The largest, like 1024x1024, or a number of pixels",
        steps="The most steps",
        pictures="The most at once",
        weight="Share in the line: 2 is twice as fast as 1",
        lane="When others wait as well",
        clear="What is limited no more",
    )
    @app_commands.choices(lane=[app_commands.Choice(name=words, value=lane) for lane, words in _LANES.items()])
    async def limits(
        interaction: discord.Interaction[Darkroom],
        role: discord.Role | None = None,
        queued: app_commands.Range[int, 0, 1000] | None = None,
        daily: app_commands.Range[int, 0, 100_000] | None = None,
        size: app_commands.Range[str, 1, 20] | None = None,
        steps: app_commands.Range[int, 1, 10_000] | None = None,
        pictures: app_commands.Range[int, 1, 100] | None = None,
        weight: app_commands.Range[float, 0.1, 10.0] | None = None,
        lane: int | None = None,
        clear: Clear | None = None,
    ) -> None:
        pixels = None if size is None else read_pixels(size)
        if size is not None and pixels is None:
            await tell(interaction, _NO_SIZE)
            return
        given: dict[str, float | None] = {"queued": queued, "daily": daily, "pixels": pixels, "steps": steps}
        given |= {"pictures": pictures, "weight": weight, "lane": lane}
        changes = {
            name: value for name, value in given.items() if value is not None or name == _COLUMNS.get(clear or "")
        }
        if role is None and (changes or clear):
            await tell(interaction, _NO_ROLE)
            return
        if role is None:
            await carry_out(interaction, _show)
            return
        wipe = clear == "everything"
        await carry_out(interaction, lambda moderator: _change(moderator, role.id, changes, wipe=wipe))


def read_pixels(text: str) -> int | None:
    """A number of pixels, for “1024x1024” or “1,048,576”; None for what is neither."""
    plain = " ".join(text.split())
    if found := _SIZE.fullmatch(plain):
        pixels = int(found[1]) * int(found[2])
    elif found := _PIXELS.fullmatch(plain):
        pixels = int(re.sub(r"\D", "", found[1]))
    else:
        return None
    return pixels if 0 < pixels <= _MOST_PIXELS else None


def limits_table(limits: Iterable[RoleLimits], guild_id: int) -> str:
    """What is said of all roles, a line each."""
    lines = [f"{_named(one.role_id, guild_id)}: {said}" for one in limits if (said := _said(one))]
    if not lines:
        return _NOTHING
    lines.append("-# The most generous of a member's roles counts.")
    return as_many_as_fit(lines)


async def _show(moderator: Moderator) -> Outcome:
    book = await moderator.ledger.rules.book(moderator.guild_id)
    return Outcome(limits_table(book.limits, moderator.guild_id))


async def _change(moderator: Moderator, role_id: int, changes: dict[str, float | None], *, wipe: bool) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    if wipe:
        await rules.set_limits(RoleLimits(guild_id, role_id))
    if changes:
        await rules.change_limits(guild_id, role_id, **changes)
    now = next((one for one in (await rules.book(guild_id)).limits if one.role_id == role_id), None)
    said = (_said(now) if now is not None else "") or "nothing is limited"
    text = f"{_named(role_id, guild_id)}: {said}"
    if wipe or changes:
        moderator.note(Act.LIMITS, detail=f"{'@everyone' if role_id == guild_id else f'role {role_id}'}: {said}")
    return Outcome(text)


def _named(role_id: int, guild_id: int) -> str:
    return "**everybody**" if role_id == guild_id else f"<@&{role_id}>"


def _said(limits: RoleLimits) -> str:
    words = {
        "queued": f"{limits.queued} waiting at once",
        "daily": f"{limits.daily} a day",
        "pixels": _shown_pixels(limits.pixels or 0),
        "steps": f"{limits.steps} steps",
        "pictures": f"{limits.pictures} at once",
        "weight": f"weight {limits.weight:g}" if limits.weight is not None else "",
        "lane": _LANES.get(limits.lane or 0, "waits as others do"),
    }
    set_ones = [field.name for field in fields(limits) if getattr(limits, field.name) is not None]
    return ", ".join(words[name] for name in set_ones if name in words)


def _shown_pixels(pixels: int) -> str:
    side = math.isqrt(pixels)
    return f"{side} x {side}" if side * side == pixels else f"{pixels:,} pixels"
