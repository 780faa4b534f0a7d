"""`/moderate limits`: the limits of each role. A member with several roles gets the most generous value of each."""

import math
import re
from collections.abc import Collection, Iterable
from functools import partial
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.rules.deleted_roles import deleted_roles
from bot.ledger import Act, Entry, RoleLimits
from bot.messages import as_many_as_fit
from bot.moderation.caps import caps_in_words, limit_over_cap
from bot.moderation.moderator import Moderator, Outcome
from bot.translation import N_, _, listed, ngettext, shown_decimal, shown_number

_LANES: Final = {-1: N_("goes first"), 0: N_("waits like everyone else"), 1: N_("goes last")}
_SIZE: Final = re.compile(r"(\d{1,5}) ?[x×*] ?(\d{1,5})", re.IGNORECASE)
_PIXELS: Final = re.compile(r"(\d[\d,. ]{0,12})(?:pixels?|px)?", re.IGNORECASE)
_MOST_PIXELS: Final = 2**31 - 1
_NO_SIZE: Final = N_("I don’t understand that size. Write it like `1024x1024`, or as a number of pixels.")
_NO_ROLE: Final = N_("Choose a `role`. The role @everyone stands for all members.")
_NO_LIMITS: Final = N_("There are no limits in this server. Set one like this: `/moderate limits role:… queued:3`")

_SOME_DELETED: Final = N_("`/moderate limits clear:everything` without a role removes the limits of deleted roles.")
_NONE_DELETED: Final = N_("No deleted role has limits. Choose the `role` whose limits to remove.")
_CAPS: Final = N_("Caps for every server, set by the people who run this bot: {caps}")

_COLUMNS: Final[dict[str, str]] = {"size": "pixels", "images": "pictures"} | {
    name: name for name in ("queued", "daily", "steps", "weight", "lane")
}

Clear = Literal["everything", "queued", "daily", "size", "steps", "images", "weight", "lane"]


def add_limit_commands(group: app_commands.Group) -> None:
    """Add the command to the group."""

    @group.command(
        name="limits", description=N_("Set or show the limits of a role; members get the best limit of all their roles")
    )
    @app_commands.describe(
        role=N_("Role to limit; @everyone stands for all members"),
        queued=N_("Most jobs waiting at once"),
        daily=N_("Most images in 24 hours"),
        size=N_("Largest size, like 1024x1024, or a number of pixels"),
        steps=N_("Most steps"),
        images=N_("Most images in one request"),
        weight=N_("Share of the queue: 2 is served twice as often as 1"),
        lane=N_("Whether their jobs go before or after everyone else’s"),
        clear=N_("Limit to remove (everything, without a role: limits of roles that were deleted)"),
    )
    @app_commands.choices(lane=[app_commands.Choice(name=words, value=lane) for lane, words in _LANES.items()])
    async def limits(
        interaction: discord.Interaction[Darkroom],
        role: discord.Role | None = None,
        queued: app_commands.Range[int, 0, 1000] | None = None,
        daily: app_commands.Range[int, 0, 100_000] | None = None,
        size: app_commands.Range[str, 1, 20] | None = None,
        steps: app_commands.Range[int, 1, 10_000] | None = None,
        images: app_commands.Range[int, 1, 100] | None = None,
        weight: app_commands.Range[float, 0.1, 10.0] | None = None,
        lane: int | None = None,
        clear: Clear | None = None,
    ) -> None:
        pixels = None if size is None else read_pixels(size)
        if size is not None and pixels is None:
            await tell(interaction, _(_NO_SIZE))
            return
        given: dict[str, float | None] = {"queued": queued, "daily": daily, "pixels": pixels, "steps": steps}
        given |= {"pictures": images, "weight": weight, "lane": lane}
        changes = {
            name: value for name, value in given.items() if value is not None or name == _COLUMNS.get(clear or "")
        }
        wipe, bot = clear == "everything", interaction.client
        if role is None and (changes or (clear and not wipe)):
            await tell(interaction, _(_NO_ROLE))
            return
        if role is None:
            await carry_out(interaction, partial(_clear_deleted if wipe else _show, bot))
            return
        caps = bot.settings.caps
        wanted = RoleLimits(0, role.id, queued=queued, pixels=pixels, steps=steps, pictures=images)
        if (refusal := limit_over_cap(wanted, caps)) is not None:
            await carry_out(interaction, lambda _: _refused(refusal))
            return
        await carry_out(interaction, lambda moderator: _change(moderator, role.id, changes, wipe=wipe))


def read_pixels(text: str) -> int | None:
    """A number of pixels, for "1024x1024" or "1,048,576"; None for any other text."""
    plain = " ".join(text.split())
    if found := _SIZE.fullmatch(plain):
        pixels = int(found[1]) * int(found[2])
    elif found := _PIXELS.fullmatch(plain):
        pixels = int(re.sub(r"\D", "", found[1]))
    else:
        return None
    return pixels if 0 < pixels <= _MOST_PIXELS else None


def limits_table(limits: Iterable[RoleLimits], guild_id: int, deleted: Collection[int] = ()) -> str:
    """The limits of all roles, one line each. `deleted`: those of the roles that don't exist any more."""
    lines = [
        f"{_role(one.role_id, guild_id)}: {said}{' · ' + _('deleted role') if one.role_id in deleted else ''}"
        for one in limits
        if (said := _described(one))
    ]
    if not lines:
        return _(_NO_LIMITS)
    if deleted:
        lines.append(f"-# {_(_SOME_DELETED)}")
    lines.append(f"-# {_('Members with several roles get the most generous limit.')}")
    return as_many_as_fit(lines)


async def _show(bot: Darkroom, moderator: Moderator) -> Outcome:
    limits = (await moderator.ledger.rules.book(moderator.guild_id)).limits
    table = limits_table(limits, moderator.guild_id, await _of_deleted(bot, moderator.guild_id, limits))
    told = caps_in_words(bot.settings.caps)
    said = [f"-# {_(_CAPS).format(caps=listed(told))}"] if told else []
    return Outcome(as_many_as_fit([*said, table]))


async def _clear_deleted(bot: Darkroom, moderator: Moderator) -> Outcome:
    """Remove the limits of deleted roles: no option of a command can name those."""
    limits = (await moderator.ledger.rules.book(moderator.guild_id)).limits
    said = [
        (await _change(moderator, one, {}, wipe=True)).said
        for one in sorted(await _of_deleted(bot, moderator.guild_id, limits))
    ]
    return Outcome(as_many_as_fit(said) if said else _(_NONE_DELETED))


async def _of_deleted(bot: Darkroom, guild_id: int, limits: Iterable[RoleLimits]) -> Collection[int]:
    return await deleted_roles(bot, guild_id, (one.role_id for one in limits if _described(one)))


async def _refused(said: str) -> Outcome:
    return Outcome(said)


async def _change(moderator: Moderator, role_id: int, changes: dict[str, float | None], *, wipe: bool) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    name = "@everyone" if role_id == guild_id else f"<@&{role_id}>"

    def entry(limits: RoleLimits | None) -> Entry:
        return Entry(guild_id, Act.LIMITS, moderator.user_id, detail=f"{name}: {_said(limits)}")

    if wipe or changes:
        noted = await moderator.in_guilds_language(entry)
        now = await rules.change_limits(guild_id, role_id, wipe=wipe, entry=noted, **changes)
    else:
        now = next((one for one in (await rules.book(guild_id)).limits if one.role_id == role_id), None)
    return Outcome(f"{_role(role_id, guild_id)}: {_said(now)}")


def _said(limits: RoleLimits | None) -> str:
    return (_described(limits) if limits is not None else "") or _("no limits")


def _role(role_id: int, guild_id: int) -> str:
    return _("**everyone**") if role_id == guild_id else f"<@&{role_id}>"


def _described(limits: RoleLimits) -> str:
    """All limits of a role in words; empty where it has none."""
    facts: list[str] = []
    if (queued := limits.queued) is not None:
        counted = ngettext("{count} job waiting at once", "{count} jobs waiting at once", queued)
        facts.append(counted.format(count=queued))
    if (daily := limits.daily) is not None:
        facts.append(ngettext("{count} image a day", "{count} images a day", daily).format(count=daily))
    if limits.weight is not None:
        facts.append(_("weight {weight}").format(weight=shown_decimal(limits.weight)))
    if limits.lane is not None:
        facts.append(_(_LANES.get(limits.lane, _LANES[0])))
    if limits.pixels is not None:
        facts.append(_("up to {size}").format(size=_shown_pixels(limits.pixels)))
    if (steps := limits.steps) is not None:
        facts.append(ngettext("{count} step", "{count} steps", steps).format(count=steps))
    if (images := limits.pictures) is not None:
        counted = ngettext("{count} image in one request", "{count} images in one request", images)
        facts.append(counted.format(count=images))
    return listed(facts)


def _shown_pixels(pixels: int) -> str:
    side = math.isqrt(pixels)
    if side * side == pixels:
        return f"{side} x {side}"
    return ngettext("{count} pixel", "{count} pixels", pixels).format(count=shown_number(pixels))
