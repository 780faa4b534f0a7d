"""Checks prompts against a guild's word list. Pure."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import re2

from bot.ledger import WordRule
from bot.moderation.words.forms import forms_of
from bot.moderation.words.plain_letters import fold
from bot.moderation.words.readings import readings
from bot.moderation.words.scripts import UnspacedWords, unspaced_words
from bot.moderation.words.spellings import LEAST_SPELLED, Spellings, pieces_of, sentences, spelled_out, words_in
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
    spellings: Spellings
    unspaced: dict[str, WordRule]
    unspaced_words: UnspacedWords
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
            return _("That isn’t a valid RE2 pattern: {error}.").format(error=_said(fault))
        return _("That pattern is too complex. Use fewer repetitions.") if size > _LARGEST_PATTERN else None
    words = _words(text)
    if not words:
        return _("That doesn’t contain a word. For emoji and symbols, use a `pattern`.")
    if kind == "word" and len(words) > 1:
        return _("That’s more than one word. Add it as a phrase.")
    if kind == "word" and len(words[0]) == 1 and len(text.strip()) > 1 and not unspaced_words(words[0]):
        # Of "a$$" only the a is left, which would be found everywhere.
        return _("Write the word in plain letters. I find its other spellings.")
    return None


def _said(fault: re2.error) -> str:
    """RE2 says what is wrong as bytes."""
    said = fault.args[0] if fault.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


@functools.lru_cache(maxsize=256)
def matcher(rules: tuple[WordRule, ...]) -> Matcher:
    """Prepares the rules. A stored rule that is no longer valid is skipped."""
    by_strictness = sorted(rules, key=lambda rule: ACTIONS.index(rule.action), reverse=True)
    readable = [rule for rule in by_strictness if rule_fault(rule.kind, rule.text) is None]
    unspaced = {" ".join(_unspaced(rule)): rule for rule in readable if _unspaced(rule)}
    spaced = [rule for rule in readable if not _unspaced(rule)]
    words = {form: rule for rule in spaced if rule.kind == "word" for form in _looked_for(rule)}
    return Matcher(
        words=words,
        spellings=Spellings(words),
        unspaced=unspaced,
        unspaced_words=UnspacedWords(unspaced),
        phrases=tuple((_spaced(_words(rule.text)), rule) for rule in spaced if rule.kind == "phrase"),
        patterns=tuple((_compiled(rule.text), rule) for rule in readable if rule.kind == "pattern"),
    )


def strictest(rules: tuple[WordRule, ...], texts: Iterable[str]) -> WordRule | None:
    """The strictest rule that matches any of the texts; None if no rule does."""
    return min(matching(rules, texts), key=lambda rule: ACTIONS.index(rule.action), default=None)


def matching(rules: tuple[WordRule, ...], texts: Iterable[str]) -> tuple[WordRule, ...]:
    """All rules that match any of the texts, each once."""
    if not rules:
        return ()
    ready = matcher(rules)
    found: dict[WordRule, None] = {}
    for text in dict.fromkeys(texts):
        found |= dict.fromkeys(_patterns_in(ready, text))
        for reading in readings(text):
            found |= dict.fromkeys(ready.words[word] for word in ready.spellings.found(reading))
            found |= dict.fromkeys(ready.unspaced[word] for word in ready.unspaced_words.found(reading))
            found |= dict.fromkeys(_phrases_in(ready, reading))
            found |= dict.fromkeys(_patterns_in(ready, reading))
    return tuple(found)


def _looked_for(rule: WordRule) -> frozenset[str]:
    (word,) = _words(rule.text)
    return forms_of(word) if rule.forms else frozenset({word})


def _phrases_in(ready: Matcher, reading: str) -> Iterator[WordRule]:
    if not ready.phrases:
        return
    spaced = [_spaced(words) for words in dict.fromkeys(sentences(reading))]
    spelled = ["".join(run) for run in spelled_out(pieces_of(reading))]
    for phrase, rule in ready.phrases:
        together = phrase.replace(" ", "")
        pieced = len(together) >= LEAST_SPELLED and any(together in one for one in spelled)
        if pieced or any(phrase in one for one in spaced):
            yield rule


def _patterns_in(ready: Matcher, text: str) -> Iterator[WordRule]:
    yield from (rule for pattern, rule in ready.patterns if pattern.search(text))


def _words(text: str) -> tuple[str, ...]:
    plain = fold(text)
    return unspaced_words(plain) or words_in(pieces_of(plain))


def _unspaced(rule: WordRule) -> tuple[str, ...]:
    return () if rule.kind == "pattern" else unspaced_words(fold(rule.text))


def _spaced(words: tuple[str, ...]) -> str:
    return f" {' '.join(words)} "


def _compiled(text: str) -> re2._Regexp:
    options = re2.Options()
    options.max_mem = _PATTERN_BYTES
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(text, options)
