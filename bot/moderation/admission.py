"""Whether a request is accepted, and under which conditions: all rules of a server, applied in one place. Pure.

Every request passes here, whether it comes from a command, a button, a form or a recipe.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.discord_times import shown_time
from bot.ledger import Act, Allowance, Block, ChannelRules, GuildRules, RuleBook
from bot.moderation.word_rules import strictest
from bot.translation import _
from bot.workflows import Effort, Pack


@dataclass(frozen=True, slots=True)
class Order:
    """Who requests what, and where. `channel_ids`: the channel, its parent if it is a thread, and their category."""

    user_id: int
    role_ids: Collection[int]
    channel_ids: tuple[int, ...]
    pack: Pack
    values: Mapping[str, object]
    effort: Effort


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request is accepted. `held` says why a moderator has to approve it first; `paused` holds who paused the queue
    and why, if somebody did.
    """

    allowance: Allowance
    held: str | None = None
    spoiler: bool = False
    previews: bool = True
    paused: GuildRules | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is not accepted. The member reads `said`; `act` and `detail` go to the moderators' log."""

    said: str
    act: Act
    detail: str


def admit(book: RuleBook, order: Order) -> Admitted | Refused:
    """Apply a guild's rules to a request."""
    if (block := book.block_of(order.user_id)) is not None:
        return Refused(blocked_words(block), Act.REFUSED, "blocked")
    channel = rules_of(book, order.channel_ids)
    if channel.allowed is False:
        return Refused(_("You can’t use me in this channel. Try another one."), Act.REFUSED, "channel")
    if channel.workflows is not None and order.pack.name not in channel.workflows:
        said = _("“{title}” isn’t allowed in this channel. `/workflows` lists the workflows that are.")
        return Refused(said.format(title=order.pack.title), Act.REFUSED, "workflow")
    allowance = book.allowance(order.role_ids)
    if (fault := _too_much(order.effort, allowance)) is not None:
        return Refused(fault, Act.REFUSED, "limit")
    rule = strictest(book.words, prompts_of(order.pack, order.values))
    if rule is not None and rule.action == "refuse":
        said = _("Your prompt contains something that isn’t allowed here.")
        return Refused(said, Act.REFUSED, f"words: {rule.text}")
    held = f"words: {rule.text}" if rule is not None and rule.action == "hold" else None
    spoiler = bool(channel.spoiler) or (rule is not None and rule.action == "spoiler")
    paused = book.guild if book.guild.paused_by is not None else None
    return Admitted(allowance, held, spoiler, previews=channel.previews is not False, paused=paused)


def rules_of(book: RuleBook, channel_ids: Iterable[int]) -> ChannelRules:
    """The rules that apply in a channel. For each of them the channel's own value counts first, then its parent's, then
    its category's.

    Once a guild allows any channel by name, channels without such a rule are not allowed.
    """
    found = [book.channels[channel_id] for channel_id in channel_ids if channel_id in book.channels]
    allowed = next((one.allowed for one in found if one.allowed is not None), None)
    if allowed is None and any(one.allowed for one in book.channels.values()):
        allowed = False
    return ChannelRules(
        book.guild.guild_id,
        0,
        allowed,
        next((one.workflows for one in found if one.workflows is not None), None),
        next((one.spoiler for one in found if one.spoiler is not None), None),
        next((one.previews for one in found if one.previews is not None), None),
    )


def prompts_of(pack: Pack, values: Mapping[str, object]) -> tuple[str, ...]:
    """The texts that a member wrote. The negative prompt is not among them: it names what the image should not show."""
    return tuple(
        value
        for name, value in values.items()
        if isinstance(value, str) and name != "negative" and name in pack.parameters
        if pack.parameters[name].type == "string" and not pack.parameters[name].server_choices
    )


def blocked_words(block: Block) -> str:
    """What a blocked member reads."""
    why = f": {block.reason}" if block.reason else "."
    said = _("You’re blocked from requesting images here") + why
    if block.until is None:
        return said
    again = _("You can request images again {when}.").format(when=shown_time(block.until, "R", math.ceil))
    return f"{said}\n{again}"


def _too_much(effort: Effort, allowance: Allowance) -> str | None:
    if allowance.pixels is not None and effort.pixels > allowance.pixels:
        side = math.isqrt(allowance.pixels)
        return _("That’s larger than you can request here: at most {pixels} pixels, like {side} x {side}.").format(
            pixels=f"{allowance.pixels:,}", side=side
        )
    if allowance.steps is not None and effort.steps > allowance.steps:
        return _("That’s more steps than you can request here: at most {steps}.").format(steps=allowance.steps)
    if allowance.pictures is not None and effort.pictures > allowance.pictures:
        return _("That’s more images than you can request at once: at most {images}.").format(images=allowance.pictures)
    return None
