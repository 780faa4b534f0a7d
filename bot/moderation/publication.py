"""Whether a finished image may be shown in a channel now: published, brought back, or taken out of a grid. Pure.

Members may be blocked and rules may change after an image was requested, and it may be shown in another channel. Limits
are not asked again, because nothing is generated.
"""

import contextlib
from dataclasses import dataclass

from bot.errors import BindError
from bot.ledger import Act, Job, RuleBook
from bot.moderation.admission import Refused, blocked_words, rules_of
from bot.moderation.words.word_rules import strictest
from bot.translation import N_, _
from bot.workflows import Pack
from bot.workflows.library.visible_texts import LEAST_GUIDANCE, visible_texts

_ELSEWHERE = N_("Use `/history` in another channel to bring the image back there.")
_AGE_RESTRICTED = N_(
    "“{title}” only works in age-restricted channels. Use `/history` in one of those to bring the image back there."
)
_REMOVED = N_(
    "The image’s workflow was removed, so I can’t tell whether it may be shown here. Use `/history` in an "
    "age-restricted channel to bring the image back there."
)
_REFUSED = N_("The image’s prompt contains something that isn’t allowed here. Request one with another prompt.")
_HELD = N_("A moderator has to approve the image’s prompt first. Request it once more, and they’ll look at it.")


@dataclass(frozen=True, slots=True)
class Showing:
    """A finished job, and who wants to show it where. `channel_ids`: the channel, its parent if it is a thread, and
    their category. `pack` is the job's workflow; None if it was removed.
    """

    job: Job
    user_id: int
    channel_ids: tuple[int, ...]
    age_restricted: bool
    pack: Pack | None
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The image may be shown, perhaps behind a spoiler."""

    spoiler: bool


def show_again(book: RuleBook, showing: Showing) -> Shown | Refused:
    """Apply the rules as they are now."""
    job, pack = showing.job, showing.pack
    if (block := book.block_of(showing.user_id)) is not None:
        return Refused(blocked_words(block, book.guild.guild_id), Act.REFUSED, "blocked")
    channel = rules_of(book, showing.channel_ids)
    if channel.allowed is False:
        return Refused(f"{_('You can’t use me in this channel.')} {_(_ELSEWHERE)}", Act.REFUSED, "channel")
    if channel.workflows is not None and job.workflow not in channel.workflows:
        said = _("“{title}” isn’t allowed in this channel.").format(title=showing.title)
        return Refused(f"{said} {_(_ELSEWHERE)}", Act.REFUSED, "workflow")
    if (pack is None or pack.nsfw) and not showing.age_restricted:
        said = _(_REMOVED) if pack is None else _(_AGE_RESTRICTED).format(title=showing.title)
        return Refused(said, Act.REFUSED, "workflow")
    texts = texts_of(job, pack)
    rule = strictest(book.words, texts)
    # What a moderator has approved needs no second approval.
    if rule is not None and (rule.action == "refuse" or (rule.action == "hold" and job.approved_by is None)):
        said = _(_REFUSED) if rule.action == "refuse" else _(_HELD)
        listed = next((text for text in texts if strictest((rule,), [text]) is not None), None)
        return Refused(said, Act.REFUSED, f"words: {rule.text}", listed)
    return Shown(job.spoiler or bool(channel.spoiler) or (rule is not None and rule.action == "spoiler"))


def texts_of(job: Job, pack: Pack | None) -> tuple[str, ...]:
    """The texts that show in the image. Without the workflow as it was, nobody knows which those are, so all count, the
    negative prompt only with a guidance at which it shows.
    """
    if pack is not None:
        with contextlib.suppress(BindError):
            return tuple(one.text for one in visible_texts(pack, job.values))
    guidance = job.values.get("guidance")
    shows = isinstance(guidance, int | float) and guidance < LEAST_GUIDANCE
    texts = {name: value for name, value in job.values.items() if isinstance(value, str)}
    return tuple(text for name, text in texts.items() if shows or name != "negative")
