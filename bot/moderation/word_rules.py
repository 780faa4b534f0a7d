"""Checks prompts against a guild's word list. Pure."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import re2

from bot.ledger import WordRule
from bot.moderation.text_folding import fold, spelled_out, tokens
from bot.translation import _

ACTIONS: Final = ("refuse", "hold", "spoiler")
"""From the strictest to the mildest."""
MOST_RULES: Final = 500
"""In one guild."""
LONGEST_RULE: Final = 200
"""Characters."""
_LARGEST_PATTERN: Final = 400
"""Instructions of the compiled RE2 program. Matching time grows with them, for every letter of every prompt."""
_PATTERN_BYTES: Final = 2**20
"""Bytes of memory that a pattern may use. RE2's time is linear in the prompt's length, whatever the pattern."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A word list, prepared for fast matching."""

    words: dict[str, WordRule]
    phrases: tuple[tuple[str, WordRule], ...]
    patterns: tuple[tuple[re2._Regexp, WordRule], ...]


def rule_fault(kind: str, text: str) -> str | None:
    """What is wrong with a new rule, for the moderator who typed it; None if it is fine."""
    if len(text) > LONGEST_RULE:
        return _("That’s too long: a rule can have at most {most} characters.").format(most=LONGEST_RULE)
    if kind == "pattern":
        try:
            size = _compiled(text).programsize
        except re2.error as fault:
            return _("That isn’t a valid RE2 pattern: {error}.").format(error=fault)
        return _("That pattern is too complex. Use fewer repetitions.") if size > _LARGEST_PATTERN else None
    count = len(tokens(text))
    if count == 0:
        return _("That doesn’t contain a word.")
    if kind == "word" and count > 1:
        return _("That’s more than one word. Add it as a phrase.")
    return None


@functools.lru_cache(maxsize=256)
def matcher(rules: tuple[WordRule, ...]) -> Matcher:
    """Prepares the rules. A stored rule that is no longer valid is skipped."""
    by_strictness = sorted(rules, key=lambda rule: ACTIONS.index(rule.action), reverse=True)
    readable = [rule for rule in by_strictness if rule_fault(rule.kind, rule.text) is None]
    return Matcher(
        words={tokens(rule.text)[0]: rule for rule in readable if rule.kind == "word"},
        phrases=tuple((_spaced(tokens(rule.text)), rule) for rule in readable if rule.kind == "phrase"),
        patterns=tuple((_compiled(rule.text), rule) for rule in readable if rule.kind == "pattern"),
    )


def strictest(rules: tuple[WordRule, ...], texts: Iterable[str]) -> WordRule | None:
    """The strictest rule that matches any of the texts; None if no rule does."""
    if not rules:
        return None
    ready = matcher(rules)
    found: list[WordRule] = []
    for text in texts:
        words = tokens(text)
        spaced, folded = _spaced(words), fold(text)
        found += [ready.words[word] for word in words if word in ready.words]
        found += [rule for run in spelled_out(text) for word, rule in ready.words.items() if word in run and word[1:]]
        found += [rule for phrase, rule in ready.phrases if phrase in spaced]
        found += [rule for pattern, rule in ready.patterns if pattern.search(folded) or pattern.search(text)]
    return min(found, key=lambda rule: ACTIONS.index(rule.action), default=None)


def _spaced(words: tuple[str, ...]) -> str:
    return f" {' '.join(words)} "


def _compiled(text: str) -> re2._Regexp:
    options = re2.Options()
    options.max_mem = _PATTERN_BYTES
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(text, options)
