"""The operator's rules for direct messages, in the same form as a guild's: every check works on both. Pure."""

from typing import Final

from bot.ledger.moderation.rules.rule_book import Block, GuildRules, RuleBook, WordRule
from bot.ledger.queue.limits import RoleLimits
from bot.settings import DirectMessages

DIRECT: Final = 0
"""Stands for the guild's id in the rules for direct messages. No guild has this id."""


def direct_rules(rules: DirectMessages) -> GuildRules:
    """What holds for all direct messages: the image check."""
    return GuildRules(DIRECT, check_action=rules.check_action, check_threshold=rules.check_threshold)


def direct_book(rules: DirectMessages, block: Block | None = None) -> RuleBook:
    """All rules for one member in direct messages. `block`: that of a guild which has the bot and the member."""
    return RuleBook(
        guild=direct_rules(rules),
        channels={},
        words=tuple(_word_rule(number, text) for number, text in enumerate(rules.words, start=1)),
        blocks={} if block is None else {block.user_id: block},
        # The role with the guild's own id is everybody.
        limits=(RoleLimits(DIRECT, DIRECT, queued=rules.queued, daily=rules.daily),),
    )


def _word_rule(number: int, text: str) -> WordRule:
    # What is not one run of letters and digits, like "x-ray", is several words to the word list.
    return WordRule(number, DIRECT, "word" if text.isalnum() else "phrase", text, "refuse", DIRECT)
