"""The trigger words of LoRAs, for members who ask for them: `lora: detail:0.8 +words`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.discord_ui.requests.imagine.values import Fitted
from bot.errors import LedgerAway
from bot.ledger import Ledger
from bot.messages import shown_prompt
from bot.translation import _, in_quotes, listed
from bot.workflows.graphs.file_names import folded
from bot.workflows.loras.trigger_words import WITH_WORDS
from bot.workflows.name_search import short_name


async def known_words(ledger: Ledger, names: Iterable[str]) -> Mapping[str, str]:
    """The trigger words of those LoRAs that have any, for suggestions: none while the database is away."""
    by_key = {folded(name): name for name in names}
    try:
        found = await ledger.lora_words.of([*by_key])
    except LedgerAway:
        return {}
    return {by_key[key]: words for key, words in found.items()}


async def add_words(fitted: Fitted, ledger: Ledger) -> None:
    """Put the words that the member asked for in front of the prompt, or note which LoRAs have none.

    In front, because a prompt may end in settings. Raises `LedgerAway`.
    """
    if not fitted.with_words:
        return
    found = await ledger.lora_words.of([folded(name) for name in fitted.with_words])
    if missing := [name for name in fitted.with_words if folded(name) not in found]:
        fitted.refusals.append(_no_words(missing))
        return
    words = dict.fromkeys(found[folded(name)] for name in fitted.with_words)
    fitted.values["prompt"] = ", ".join([*words, str(fitted.values["prompt"])])


def _no_words(names: Sequence[str]) -> str:
    unknown = _("I don’t know any trigger words of {names}. Use it without `{suffix}`.")
    named = listed(in_quotes(shown_prompt(short_name(name), 60)) for name in names)
    return unknown.format(names=named, suffix=WITH_WORDS)
