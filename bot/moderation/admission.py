"""Whether an order is taken, and how: everything that moderators have set, asked in one place. Pure.

Every way in passes here: commands, buttons, forms, recipes that are used again.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.ledger import Act, Allowance, Block, ChannelRules, GuildRules, RuleBook
from bot.moderation.word_rules import strictest
from bot.workflows import Effort, Pack


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders what, where. `channel_ids`: the channel, its parent if it is a thread, and their category."""

    user_id: int
    role_ids: Collection[int]
    channel_ids: tuple[int, ...]
    pack: Pack
    values: Mapping[str, object]
    effort: Effort


@dataclass(frozen=True, slots=True)
class Admitted:
    """The order is taken; `held` says why it waits for a moderator first, `paused` by whom the line stands still."""

    allowance: Allowance
    held: str | None = None
    spoiler: bool = False
    previews: bool = True
    paused: GuildRules | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not; `said` is for the member, `act` and `detail` for the moderators' log (where that is worth a line)."""

    said: str
    act: Act
    detail: str


def admit(book: RuleBook, order: Order) -> Admitted | Refused:
    """What becomes of an order by a guild's rules."""
    if (block := book.block_of(order.user_id)) is not None:
        return Refused(blocked_words(block), Act.REFUSED, "blocked")
    channel = rules_of(book, order.channel_ids)
    if channel.allowed is False:
        return Refused("I am not to be used in this channel. Try another one.", Act.REFUSED, "channel")
    if channel.workflows is not None and order.pack.name not in channel.workflows:
        return Refused(
            f"“{order.pack.title}” is not for this channel. `/workflows` lists what is.", Act.REFUSED, "workflow"
        )
    allowance = book.allowance(order.role_ids)
    if (fault := _too_much(order.effort, allowance)) is not None:
        return Refused(fault, Act.REFUSED, "limit")
    rule = strictest(book.words, prompts_of(order.pack, order.values))
    if rule is not None and rule.action == "refuse":
        return Refused("Your prompt has something in it that is not allowed here.", Act.REFUSED, f"words: {rule.text}")
    held = f"words: {rule.text}" if rule is not None and rule.action == "hold" else None
    spoiler = bool(channel.spoiler) or (rule is not None and rule.action == "spoiler")
    paused = book.guild if book.guild.paused_by is not None else None
    return Admitted(allowance, held, spoiler, previews=channel.previews is not False, paused=paused)


def rules_of(book: RuleBook, channel_ids: Iterable[int]) -> ChannelRules:
    """What holds in a channel: its own word, else its parent's, else its category's, else nobody's.

    As soon as any channel of a guild is allowed by name, those of which nothing is said are not.
    """
    said = [book.channels[channel_id] for channel_id in channel_ids if channel_id in book.channels]
    allowed = next((one.allowed for one in said if one.allowed is not None), None)
    if allowed is None and any(one.allowed for one in book.channels.values()):
        allowed = False
    return ChannelRules(
        book.guild.guild_id,
        0,
        allowed,
        next((one.workflows for one in said if one.workflows is not None), None),
        next((one.spoiler for one in said if one.spoiler is not None), None),
        next((one.previews for one in said if one.previews is not None), None),
    )


def prompts_of(pack: Pack, values: Mapping[str, object]) -> tuple[str, ...]:
    """What a member has written himself. What is to be kept out of a picture is not looked through."""
    return tuple(
        value
        for name, value in values.items()
        if isinstance(value, str) and name != "negative" and name in pack.parameters
        if pack.parameters[name].type == "string" and not pack.parameters[name].server_choices
    )


def blocked_words(block: Block) -> str:
    """What a blocked member reads."""
    until = "" if block.until is None else f"\nYou can order again <t:{math.ceil(block.until)}:R>."
    why = f": {block.reason}" if block.reason else "."
    return f"The moderators do not let you order pictures here at the moment{why}{until}"


def _too_much(effort: Effort, allowance: Allowance) -> str | None:
    if allowance.pixels is not None and effort.pixels > allowance.pixels:
        side = math.isqrt(allowance.pixels)
        return f"That is larger than you may have here: at most {allowance.pixels:,} pixels, like {side} x {side}."
    if allowance.steps is not None and effort.steps > allowance.steps:
        return f"That is more steps than you may have here: at most {allowance.steps}."
    if allowance.pictures is not None and effort.pictures > allowance.pictures:
        return f"That is more pictures at once than you may have here: at most {allowance.pictures}."
    return None
