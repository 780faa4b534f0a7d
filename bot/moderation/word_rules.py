"""A guild's word list against a prompt. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import re2

from bot.ledger import WordRule
from bot.moderation.text_folding import fold, spelled_out, tokens

KINDS: Final = ("word", "phrase", "pattern")
ACTIONS: Final = ("refuse", "hold", "spoiler")
"""The strictest first."""
MOST_RULES: Final = 500
"""Of one guild."""
LONGEST_RULE: Final = 200
"""Characters."""
_LARGEST_PATTERN: Final = 400
"""Of RE2's instructions; each costs a little for each letter of every prompt."""
_PATTERN_BYTES: Final = 2**20
"""Memory that a pattern may take; its time grows with the prompt's length only, whatever it says."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A word list made ready."""

    words: dict[str, WordRule]
    phrases: tuple[tuple[str, WordRule], ...]
    patterns: tuple[tuple[re2._Regexp, WordRule], ...]


def rule_fault(kind: str, text: str) -> str | None:
    """Why this can be no rule, in words for the moderator who typed it."""
    if len(text) > LONGEST_RULE:
        return f"That is too long: at most {LONGEST_RULE} characters."
    if kind == "pattern":
        try:
            size = _compiled(text).programsize
        except re2.error as fault:
            return f"That pattern cannot be read: {fault}."
        return "That pattern is too large: repeat less in it." if size > _LARGEST_PATTERN else None
    count = len(tokens(text))
    if count == 0:
        return "There is no word in that."
    if kind == "word" and count > 1:
        return "That is more than one word: add it as a phrase."
    return None


@functools.lru_cache(maxsize=256)
def matcher(rules: tuple[WordRule, ...]) -> Matcher:
    """The rules as they are looked for; one that cannot be read any more is passed over."""
    by_strictness = sorted(rules, key=lambda rule: ACTIONS.index(rule.action), reverse=True)
    readable = [rule for rule in by_strictness if rule_fault(rule.kind, rule.text) is None]
    return Matcher(
        words={tokens(rule.text)[0]: rule for rule in readable if rule.kind == "word"},
        phrases=tuple((_spaced(tokens(rule.text)), rule) for rule in readable if rule.kind == "phrase"),
        patterns=tuple((_compiled(rule.text), rule) for rule in readable if rule.kind == "pattern"),
    )


def strictest(rules: tuple[WordRule, ...], texts: Iterable[str]) -> WordRule | None:
    """The strictest rule that any of the texts falls under."""
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
