"""The words that a LoRA was trained on, from the metadata of its file. Pure.

`modelspec.trigger_phrase` is what its author says (the Stability AI Model Metadata Standard), `ss_tag_frequency` is how
often kohya's trainer met each tag, by folder of images.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

WITH_WORDS: Final = "+words"
"""Behind the name of a LoRA: its trigger words go in front of the prompt."""
_PHRASES: Final = ("modelspec.trigger_phrase", "ss_trigger_words", "trigger_words", "trigger_phrase")
_TAGS: Final = "ss_tag_frequency"
_OFTEN: Final = 0.9
"""A tag that is nearly as frequent as the most frequent one describes what all images show."""
_MOST_TAGS: Final = 5
_LONGEST: Final = 200
"""Characters."""
_SYNTAX: Final = re.compile(r"[{}<>|\x00-\x1f\x7f]|__+|--+")
"""Prompt syntax. It is removed, because words from a stranger's file must be nothing but words."""


def trigger_words(metadata: Mapping[str, object]) -> str:
    """The words on one line, "" if the metadata has none."""
    for key in _PHRASES:
        phrase = metadata.get(key)
        if isinstance(phrase, str) and (words := _plain(phrase)):
            return words
    return _plain(", ".join(_frequent(metadata.get(_TAGS))))


def _plain(text: str) -> str:
    line = " ".join(_SYNTAX.sub(" ", text).split()).strip(", ")
    return line if len(line) <= _LONGEST else line[:_LONGEST].rpartition(",")[0].strip(", ")


def _frequent(tags: object) -> list[str]:
    """The tags that nearly all images have, the most frequent first."""
    if isinstance(tags, str):
        try:
            tags = json.loads(tags)
        except (ValueError, RecursionError):
            return []
    counted: Counter[str] = Counter()
    for folder in tags.values() if isinstance(tags, dict) else ():
        for tag, number in folder.items() if isinstance(folder, dict) else ():
            if isinstance(number, int) and tag.strip():
                counted[tag.strip()] += number
    most = max(counted.values(), default=0)
    return [tag for tag, number in counted.most_common(_MOST_TAGS) if number >= most * _OFTEN]
