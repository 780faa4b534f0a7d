"""What a rule or the image check has against a request: the ledger keeps facts, people read words. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from bot.ledger import PICTURE
from bot.translation import N_, _, shown_number

_WORD_RULE: Final = "words: "
"""How a fact begins where a rule of the word list was met; the rule's text follows."""
_NOT_CHECKED: Final = re.compile(r"not checked: (.*)", re.DOTALL)
_SCORE: Final = re.compile(r"score (\d\.\d\d)")
_REFUSALS: Final[Mapping[str, str]] = {
    "blocked": N_("they’re blocked"),
    "channel": N_("the bot isn’t allowed in that channel"),
    "workflow": N_("that workflow isn’t allowed in that channel"),
    "limit": N_("it’s over a limit"),
}
"""Facts that have no more to them. The weekly digest counts them: they never change."""
_KINDS: Final[Mapping[str, str]] = {
    "words": N_("word list"),
    "blocked": N_("blocked members"),
    "channel": N_("channels"),
    "workflow": N_("workflows"),
    "limit": N_("limits"),
}


def refusals_counted(kind: str) -> str:
    """What stands before the number of refusals for this reason. A kind that is not known here stays as it is."""
    return _(_KINDS[kind]) if kind in _KINDS else kind


def rule_in_words(fact: str) -> str:
    """The fact as part of a sentence. One that is not known here stays as it is. Not escaped."""
    fact = fact.removeprefix(f"{PICTURE}: ")
    if fact.startswith(_WORD_RULE):
        return _("the word list has “{rule}”").format(rule=fact.removeprefix(_WORD_RULE))
    if (found := _NOT_CHECKED.fullmatch(fact)) is not None:
        return _("not checked: {why}").format(why=_(found[1]))
    if (found := _SCORE.fullmatch(fact)) is not None:
        return _("score {score}").format(score=shown_number(float(found[1]), 2))
    return _(_REFUSALS[fact]) if fact in _REFUSALS else fact
