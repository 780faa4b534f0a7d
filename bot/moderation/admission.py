"""Whether a request is accepted, and under which conditions: all rules of a server, applied in one place. Pure.

Every request passes here, whether it comes from a command, a button, a form or a recipe.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.discord_times import shown_time
from bot.ledger import Act, Allowance, Block, ChannelRules, GuildRules, RuleBook, WordRule
from bot.moderation.caps import capped, over_cap
from bot.moderation.words.word_rules import ACTIONS, strictest
from bot.settings import Caps
from bot.translation import N_, _, shown_number
from bot.workflows import Effort, Pack
from bot.workflows.library.visible_texts import Origin, VisibleText, visible_texts

_NOT_ALLOWED: Final[Mapping[Origin, str]] = {
    "prompt": N_("Your prompt contains something that isn’t allowed here."),
    "negative": N_(
        "Your negative prompt contains something that isn’t allowed here, and with a guidance below 1 or a weight "
        "below 0 it shows in the image. Use a guidance of 1 or more, or change the negative prompt."
    ),
    "lora": N_("The name of a LoRA contains something that isn’t allowed here. Pick another LoRA."),
    "workflow": N_("“{title}” contains text that isn’t allowed here. `/workflows` lists the other workflows."),
}
"""What a member reads, by where the text comes from. It doesn't say what was found: they'd spell it in another way."""

NO_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Order:
    """Who requests what, and where. `channel_ids`: the channel, its parent if it is a thread, and their category.
    `written` is the prompt before anything in it was drawn, without the options at its end.
    """

    user_id: int
    role_ids: Collection[int]
    channel_ids: tuple[int, ...]
    pack: Pack
    values: Mapping[str, object]
    effort: Effort
    written: str = ""


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
    """The request is not accepted. The member reads `said`; `act` and `detail` go to the moderators' log, and so does
    `text`, the one that meets a rule of the word list.
    """

    said: str
    act: Act
    detail: str
    text: str | None = None


def admit(book: RuleBook, order: Order, caps: Caps = NO_CAPS) -> Admitted | Refused:
    """Apply a guild's rules to a request, and the operator's caps."""
    if (block := book.block_of(order.user_id)) is not None:
        return Refused(blocked_words(block, book.guild.guild_id), Act.REFUSED, "blocked")
    channel = rules_of(book, order.channel_ids)
    if channel.allowed is False:
        return Refused(_("You can’t use me in this channel. Try another one."), Act.REFUSED, "channel")
    if channel.workflows is not None and order.pack.name not in channel.workflows:
        said = _("“{title}” isn’t allowed in this channel. `/workflows` lists the workflows that are.")
        return Refused(said.format(title=order.pack.title), Act.REFUSED, "workflow")
    allowance = capped(book.allowance(order.role_ids), caps)
    if (fault := too_much(order.effort, allowance, caps)) is not None:
        return Refused(fault, Act.REFUSED, "limit")
    found = _listed(book.words, order)
    rule = None if found is None else found.rule
    if found is not None and found.rule.action == "refuse":
        said = _(_NOT_ALLOWED[found.origin]).format(title=order.pack.title)
        return Refused(said, Act.REFUSED, f"words: {found.rule.text}", found.text)
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


@dataclass(frozen=True, slots=True)
class _Found:
    rule: WordRule
    origin: Origin
    text: str


def _listed(rules: tuple[WordRule, ...], order: Order) -> _Found | None:
    """The strictest rule of the word list that a request meets, and what meets it: the member's own words first."""
    if not rules:
        return None
    texts = (VisibleText(order.written, "prompt"), *visible_texts(order.pack, order.values))
    found = [
        _Found(rule, one.origin, one.text)
        for origin in _NOT_ALLOWED
        for one in texts
        if one.origin == origin and (rule := strictest(rules, [one.text])) is not None
    ]
    return min(found, key=lambda one: ACTIONS.index(one.rule.action), default=None)


def blocked_words(block: Block, guild_id: int) -> str:
    """What a blocked member reads. `guild_id`: whose rules these are; in direct messages the block is another's."""
    why = f": {block.reason}" if block.reason else "."
    here = _("You’re blocked from requesting images here")
    if block.guild_id != guild_id:
        here = _("You’re blocked from requesting images in a server that we share, so you can’t here either")
    said = here + why
    if block.until is None:
        return said
    again = _("You can request images again {when}.").format(when=shown_time(block.until, "R", math.ceil))
    return f"{said}\n{again}"


def too_much(effort: Effort, allowance: Allowance, caps: Caps) -> str | None:
    """What to tell a member whose request is over a cap or a limit of theirs; None if it is over none."""
    if (fault := over_cap(effort, caps)) is not None:
        return fault
    if allowance.pixels is not None and effort.pixels > allowance.pixels:
        side = math.isqrt(allowance.pixels)
        return _("That’s larger than you can request here: at most {pixels} pixels, like {side} x {side}.").format(
            pixels=shown_number(allowance.pixels), side=side
        )
    if allowance.steps is not None and effort.steps > allowance.steps:
        return _("That’s more steps than you can request here: at most {steps}.").format(steps=allowance.steps)
    if allowance.pictures is not None and effort.pictures > allowance.pictures:
        return _("That’s more images than you can request at once: at most {images}.").format(images=allowance.pictures)
    return None
