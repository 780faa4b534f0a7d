"""How the moderators' log says what was done. The ledger keeps an act's value; people read its name and its sentence.

Pure. A row that an older version wrote may hold an act that is no longer known: it is shown as it was written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.discord_times import shown_time
from bot.ledger import PICTURE, Act, Entry, LogLine
from bot.messages import rule_in_words, shown_prompt
from bot.translation import N_, _, ended


@dataclass(frozen=True, slots=True)
class Wording:
    """`name` is for a list of acts; `sentence` is what the log says about one, without its full stop."""

    sign: str
    name: str
    sentence: str


WORDINGS: Final[Mapping[str, Wording]] = {
    Act.REFUSED: Wording("🚫", N_("Request refused"), N_("{actor} refused a request from {member}")),
    Act.CANCELLED: Wording("🛑", N_("Job cancelled"), N_("{actor} cancelled a job of {member}")),
    Act.HELD: Wording("✋", N_("Job put on hold"), N_("{actor} put a job of {member} on hold")),
    Act.RELEASED: Wording("▶️", N_("Job released"), N_("{actor} released a job of {member}")),
    Act.MOVED_TO_FRONT: Wording("⏫", N_("Job moved to the front"), N_("{actor} moved a job of {member} to the front")),
    Act.PAUSED: Wording("⏸️", N_("Queue paused"), N_("{actor} paused the queue")),
    Act.RESUMED: Wording("▶️", N_("Queue resumed"), N_("{actor} resumed the queue")),
    Act.BLOCKED: Wording("⛔", N_("Member blocked"), N_("{actor} blocked {member}")),
    Act.UNBLOCKED: Wording("✅", N_("Member unblocked"), N_("{actor} unblocked {member}")),
    Act.LIMITS: Wording("🔧", N_("Limits changed"), N_("{actor} changed the limits")),
    Act.CHANNEL: Wording("🔧", N_("Channel rules changed"), N_("{actor} changed the channel rules")),
    Act.WORDS: Wording("🔧", N_("Word list changed"), N_("{actor} changed the word list")),
    Act.AUDIT: Wording("🔧", N_("Log settings changed"), N_("{actor} changed the settings of this log")),
    Act.APPROVAL: Wording("🔧", N_("Approval channel changed"), N_("{actor} changed the channel for approvals")),
    Act.APPROVED: Wording("✅", N_("Request approved"), N_("{actor} approved a request from {member}")),
    Act.REJECTED: Wording("❌", N_("Request rejected"), N_("{actor} rejected a request from {member}")),
    Act.REPORTED: Wording("🚩", N_("Image reported"), N_("{actor} reported an image by {member}")),
    Act.DELETED: Wording("🗑️", N_("Image deleted"), N_("{actor} deleted an image by {member}")),
    Act.PANEL: Wording("🔧", N_("Queue panel opened"), N_("{actor} opened the queue panel")),
    Act.DIGEST: Wording("🔧", N_("Weekly digest changed"), N_("{actor} changed the weekly digest")),
    Act.REPORT_DISMISSED: Wording(
        "✅", N_("Report dismissed"), N_("{actor} dismissed a report about an image by {member}")
    ),
    Act.CHECK: Wording("🔎", N_("Image check changed"), N_("{actor} changed the image check")),
    Act.IMAGE_HELD: Wording("✋", N_("Image held"), N_("{actor} held an image by {member} for approval")),
    Act.IMAGE_REFUSED: Wording("🚫", N_("Image refused"), N_("{actor} refused to show an image by {member}")),
    Act.IMAGE_SPOILERED: Wording(
        "🙈", N_("Image put behind a spoiler"), N_("{actor} put an image by {member} behind a spoiler")
    ),
    Act.STYLE: Wording("🎨", N_("Styles changed"), N_("{actor} changed the styles")),
    Act.ERASED: Wording("🧹", N_("Personal data erased"), N_("{actor} erased what the bot kept about them")),
    Act.WORKFLOW_ADDED: Wording("🧩", N_("Workflow uploaded"), N_("{actor} uploaded a workflow")),
    Act.WORKFLOW_EDITED: Wording("🧩", N_("Workflow edited"), N_("{actor} edited the draft of a workflow")),
    Act.WORKFLOW_TRIED: Wording("🧩", N_("Workflow tried"), N_("{actor} tried a workflow")),
    Act.WORKFLOW_LIVE: Wording("🧩", N_("Workflow made live"), N_("{actor} made a workflow live")),
    Act.WORKFLOW_DISCARDED: Wording("🧩", N_("Workflow discarded"), N_("{actor} discarded the draft of a workflow")),
    Act.WORKFLOW_DISABLED: Wording("🧩", N_("Workflow disabled"), N_("{actor} disabled a workflow")),
    Act.WORKFLOW_ENABLED: Wording("🧩", N_("Workflow enabled"), N_("{actor} enabled a workflow")),
    Act.WORKFLOW_REMOVED: Wording("🧩", N_("Workflow removed"), N_("{actor} removed a workflow")),
}

_BY_RULE: Final[Mapping[str, str]] = {
    Act.REFUSED: N_("A request from {member} was refused"),
    Act.HELD: N_("A job of {member} was put on hold"),
    Act.IMAGE_HELD: N_("An image by {member} was held for approval"),
    Act.IMAGE_REFUSED: N_("An image by {member} was refused"),
    Act.IMAGE_SPOILERED: N_("An image by {member} was put behind a spoiler"),
}
"""What is said where no person acted, but a rule or the image check."""
_DELETED_CHANNELS: Final[Mapping[str, str]] = {
    Act.APPROVAL: N_("The channel for approvals was deleted"),
    Act.AUDIT: N_("The channel of this log was deleted"),
    Act.DIGEST: N_("The channel for the weekly digest was deleted"),
}
_NOT_SHOWN: Final[Mapping[str, str]] = {
    Act.APPROVAL: N_("Approvals and reports couldn’t be shown to moderators"),
    Act.AUDIT: N_("This log couldn’t be posted"),
    Act.DIGEST: N_("The weekly digest couldn’t be posted"),
    Act.PANEL: N_("The queue panel couldn’t be updated"),
}
"""What is said where the bot couldn't write to moderators. The entry's detail has why, after a colon."""
_IN_CHANNEL: Final = N_("{sentence} in {channel}")
_NOBODY: Final = N_("Somebody")
"""The actor of an act that only people do, in a row without one."""
_UNKNOWN_SIGN: Final = "🔧"
_ALL_OF_A_MEMBER: Final = N_("{actor} cancelled all jobs of {member}")
_ALL_OF_A_SERVER: Final = N_("{actor} cancelled all jobs in this server")
_IMAGES: Final[Mapping[str, str]] = {
    Act.APPROVED: N_("{actor} approved an image by {member}"),
    Act.REJECTED: N_("{actor} rejected an image by {member}"),
}
"""What is said where the images were awaiting a decision, not the prompt."""
_OWN_DELETION: Final = N_("{actor} deleted their own image, which had been reported")

_STEM: Final = 5
"""Letters at the start of a word that its forms have in common: refused and refusal."""
_DETAIL_SHOWN: Final = 300
"""Characters, of a detail and of a prompt."""
_ESCAPED_REFERENCE: Final = re.compile(r"\\<(#\d{1,20}|@\u200b&\d{1,20}|t:\d{1,12}(?::[a-zA-Z])?)>")
"""A channel, a role (a zero-width space follows its @) or a time whose markup was escaped. None pings anybody here, and
escaped they would read as bare numbers.
"""


def acts_called(typed: str) -> tuple[Act, ...]:
    """The acts that somebody may mean: the one with this value (autocomplete fills it in) or this name, else all whose
    name has each of these words, in any form: "refusals" for Request refused.
    """
    wanted = typed.casefold().split()
    named = {act: f"{act.value} {_(WORDINGS[act].name)}".casefold().split() for act in Act}
    for act in Act:
        if " ".join(wanted) in {act.value, _(WORDINGS[act].name).casefold()}:
            return (act,)
    return tuple(
        act for act, words in named.items() if all(any(_same_word(one, word) for word in words) for one in wanted)
    )


def _same_word(typed: str, word: str) -> bool:
    return word.startswith(typed[:_STEM])


def dated_sentence(line: LogLine, limit: int = _DETAIL_SHOWN) -> str:
    """A log entry as a line: when, and what. Send it without allowed mentions, so that nobody is pinged."""
    return f"{shown_time(line.at, 'f')} {log_sentence(line, limit)}"


def log_sentence(entry: Entry | LogLine, limit: int = _DETAIL_SHOWN) -> str:
    """An act as a sentence, which names people by mention. `limit` is for its detail and its prompt (characters)."""
    actor = _(_NOBODY) if entry.actor_id is None else f"<@{entry.actor_id}>"
    member = None if entry.user_id is None else f"<@{entry.user_id}>"
    wording = WORDINGS.get(entry.act)
    if wording is None:
        facts = [entry.act, *([member] if member else []), *([_shown(entry.detail, limit)] if entry.detail else [])]
        return ended(f"{_UNKNOWN_SIGN} {actor}", " · ".join(facts))
    sentence, detail = _sentence_and_detail(entry, wording)
    said = _(sentence).format(actor=actor, member=member or _("a member"))
    if entry.channel_id is not None:
        said = _(_IN_CHANNEL).format(sentence=said, channel=f"<#{entry.channel_id}>")
    said = f"{wording.sign} {said}"
    shown = _shown(detail, limit) if detail else None
    if not entry.prompt:
        return ended(said, shown)
    prompt = _("Prompt: {prompt}").format(prompt=f"||{shown_prompt(entry.prompt, limit)}||")
    return f"{ended(ended(said, shown) if shown else said)} {prompt}"


def _sentence_and_detail(entry: Entry | LogLine, wording: Wording) -> tuple[str, str]:
    """The sentence that fits this entry, and what follows its colon."""
    by_rule = entry.actor_id is None
    sentence = _BY_RULE.get(entry.act, wording.sentence) if by_rule else wording.sentence
    match entry.act:
        case Act.CANCELLED if entry.job_id is None:
            return (_ALL_OF_A_SERVER if entry.user_id is None else _ALL_OF_A_MEMBER), entry.detail
        case Act.APPROVED | Act.REJECTED:
            awaited, _dot, reason = entry.detail.partition(" · ")
            return (_IMAGES[entry.act] if awaited == PICTURE else sentence), rule_in_words(reason)
        case Act.DELETED if entry.actor_id == entry.user_id:
            return _OWN_DELETION, entry.detail
        case Act.APPROVAL | Act.AUDIT | Act.DIGEST | Act.PANEL if by_rule:
            # The ledger's detail begins by saying that it failed, which the sentence says already.
            why = entry.detail.partition(": ")[2]
            return (_NOT_SHOWN if why else _DELETED_CHANNELS).get(entry.act, sentence), why
        case _other if by_rule:
            return sentence, rule_in_words(entry.detail)
        case _other:
            return sentence, entry.detail


def _shown(detail: str, limit: int) -> str:
    return _ESCAPED_REFERENCE.sub(_reference, shown_prompt(detail, limit))


def _reference(escaped: re.Match[str]) -> str:
    return "<" + escaped[1].replace("\N{ZERO WIDTH SPACE}", "") + ">"
