"""Options at the end of a prompt, as Midjourney has them: `a fox --ar 16:9 --no text`. Pure.

Everything after the first of them belongs to an option. Phones write `--` as a dash, so that counts as well, but only
before the name of an option that exists.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import Problem
from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.prompts.template import OPTION_BEGINS, OPTION_DASH, UNSEEN

OPTION_NAMES: Final[Mapping[str, str]] = {
    "ar": "size",
    "aspect": "size",
    "aspect_ratio": "size",
    "aspectratio": "size",
    "ratio": "size",
    "size": "size",
    "seed": "seed",
    "no": "negative",
    "neg": "negative",
    "negative": "negative",
    "negative_prompt": "negative",
    "neg_prompt": "negative",
    "steps": "steps",
    "style": "style",
    "cfg": "guidance",
    "guidance": "guidance",
    "cfg_scale": "guidance",
    "cfgscale": "guidance",
    "guidance_scale": "guidance",
    "scale": "guidance",
    "model": "model",
    "checkpoint": "model",
    "count": "count",
    "n": "count",
    "repeat": "count",
    "r": "count",
    "strength": "strength",
    "denoise": "strength",
    "denoising": "strength",
    "denoising_strength": "strength",
    "sampler": "sampler",
    "sampler_name": "sampler",
    "scheduler": "scheduler",
    "lora": "lora",
}
"""As it is written -> the option of `/imagine`."""
IGNORED: Final = "--"
"""Among what a member gave: the options in their prompt that changed nothing. No parameter is called so."""
SHOWN_NAMES: Final = (
    *("ar", "no", "seed", "steps", "cfg", "style", "model", "lora", "count", "strength", "sampler", "scheduler"),
)
"""One name for each option, for answers."""
_WORDS: Final = frozenset({"negative", "style", "model", "sampler", "scheduler", "lora"})
"""Their value goes on to the next option; that of others is one word."""
_ADDED_UP: Final = frozenset({"negative", "lora"})
"""Given twice, both count. Of others the last one does."""
_WHOLE: Final = frozenset({"seed", "count", "steps"})
_FRACTION: Final = frozenset({"guidance", "strength"})
_FOREIGN: Final[Mapping[str, int]] = {
    **dict.fromkeys(("tile", "raw", "fast", "relax", "turbo", "video", "loop", "draft", "hd", "stealth", "public"), 0),
    **dict.fromkeys(("test", "testp", "creative", "uplight", "upbeta", "upanime"), 0),
    **dict.fromkeys(("v", "version", "niji", "stylize", "s", "chaos", "c", "q", "quality", "iw", "weird", "w"), 1),
    **dict.fromkeys(("stop", "cw", "sw", "sv", "ow", "exp", "motion", "bs", "end", "hdr"), 1),
    **dict.fromkeys(("cref", "sref", "oref", "p", "profile", "personalize"), 8),
}
"""Options of Midjourney that no workflow has -> how many words their value may have. They are dropped, and named."""
_START: Final = re.compile(
    rf"{OPTION_BEGINS}(?P<dash>{OPTION_DASH})(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?=[\s=,{UNSEEN}]|:\s|$)"
)
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_SETTING: Final = re.compile(r"\S*[\d/]\S*|random", re.IGNORECASE)
"""A value of a Midjourney option: a number, a code or an address. Other words are part of the prompt."""
_SPACED_SIZE: Final = re.compile(r"\d{1,5} ?[:/x×*] ?\d{1,5}", re.IGNORECASE)
"""`16 : 9` and `1024 x 768` are one value."""
_CODES: Final = frozenset({"p", "profile", "personalize"})
"""Their values may be letters alone."""
_ALIKE: Final = 0.7
"""How similar an unknown name must be to one that exists, to be taken for it (difflib's measure)."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An option at the end of a prompt. `option` is what `/imagine` calls it; None: nothing here has it."""

    name: str
    option: str | None
    value: str

    @property
    def written(self) -> str:
        """As a member types it."""
        return f"--{self.name} {self.value}".strip()

    @property
    def number(self) -> object:
        """The value as the option takes it: a number where it is one."""
        if self.option in _WHOLE:
            return int(self.value)
        return float(self.value) if self.option in _FRACTION else self.value


@dataclass(frozen=True, slots=True)
class Peeled:
    """A prompt without its trailing options. `problems` are all that is wrong with those."""

    text: str
    flags: tuple[Flag, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def counting(self) -> tuple[Flag, ...]:
        """The options that count: those that something here has and that no later one replaces."""
        last = {flag.option: flag for flag in self.flags}
        known = (flag for flag in self.flags if flag.option is not None)
        return tuple(flag for flag in known if flag.option in _ADDED_UP or last[flag.option] is flag)


def peel_options(text: str) -> Peeled:
    """Split a prompt from its trailing options. A prompt without any is returned as it is."""
    starts = [start for start in _START.finditer(text) if _may_be_option(start)]
    if not starts:
        return Peeled(text)
    ends = [*(start.start() for start in starts[1:]), len(text)]
    read = [_read(start, text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]
    first = next((number + 1 for number in range(len(read) - 1, -1, -1) if read[number] is None), 0)
    problems = [
        misplaced
        for start, end, one in zip(starts[:first], ends, read, strict=False)
        if start["dash"] == "--" and (misplaced := _misplaced(one, text[end:])) is not None
    ]
    problems += [one for one in read[first:] if isinstance(one, Problem)]
    flags = tuple(one for one in read[first:] if isinstance(one, Flag))
    if problems:
        return Peeled(text, (), tuple(problems))
    return Peeled(text[: starts[first].start()].rstrip().rstrip(UNSEEN).rstrip(), flags) if flags else Peeled(text)


def without_seed(text: str) -> str:
    """The prompt without an option `--seed` at its end, so that it asks for another image."""
    peeled = peel_options(text)
    if all(flag.option != "seed" for flag in peeled.flags):
        return text
    return " ".join([peeled.text, *(flag.written for flag in peeled.flags if flag.option != "seed")]).strip()


def _may_be_option(start: re.Match[str]) -> bool:
    name = _name(start)
    if name in OPTION_NAMES or name in _FOREIGN:
        return True
    # An unknown name may be a typo, unless it is part of a word.
    return start["dash"] == "--" and "-" not in start["name"] and start.string[start.start() - 1 : start.start()] != ","


def _name(start: re.Match[str]) -> str:
    return start["name"].casefold().replace("-", "_")


def _read(start: re.Match[str], rest: str) -> Flag | Problem | None:
    """An option, what is wrong with it, or None if it is part of the prompt."""
    name, typed = _name(start), start["dash"] == "--"
    words = _UNSEEN.sub("", rest).lstrip("=:").strip(" \t\r\n,").split()
    if name in _FOREIGN:
        fits = [name in _CODES or bool(_SETTING.fullmatch(word)) for word in words[: _FOREIGN[name]]]
        taken = fits.index(False) if False in fits else len(fits)
        left = words[taken:]
        return Flag(name, None, " ".join(words)) if not left else _not_last(name, left) if typed else None
    if name not in OPTION_NAMES:
        alike = tuple(difflib.get_close_matches(name, SHOWN_NAMES, 1, _ALIKE))
        return Problem("prompt", "option_unknown", name, alike or SHOWN_NAMES) if len(words) <= 1 else None
    if OPTION_NAMES[name] == "size" and _SPACED_SIZE.fullmatch(" ".join(words).rstrip(",;.")):
        words = [" ".join(words)]
    if OPTION_NAMES[name] == "seed" and words in (["random"], ["-1"]):
        # A seed of its own is what every image has anyway.
        return Flag(name, None, words[0])
    problem = _fault(name, words)
    if problem is not None:
        return problem if typed else None
    value = " ".join(words) if OPTION_NAMES[name] in _WORDS else words[0].rstrip(",;.")
    # Each name in a list of LoRAs may have quotes of its own.
    return Flag(name, OPTION_NAMES[name], value if OPTION_NAMES[name] == "lora" else value.strip('"“”'))


def _fault(name: str, words: list[str]) -> Problem | None:
    option = OPTION_NAMES[name]
    if not words:
        return Problem("prompt", "option_empty", name)
    if option in _WORDS:
        return None
    if (option in _WHOLE or option in _FRACTION) and not _is_number(words[0].rstrip(",;."), whole=option in _WHOLE):
        return Problem("prompt", "option_number", name, words[0])
    return _not_last(name, words[1:]) if words[1:] else None


def _not_last(name: str, words: list[str]) -> Problem:
    return Problem("prompt", "option_not_last", name, " ".join(words))


def _misplaced(read: Flag | Problem | None, after: str) -> Problem | None:
    """What is wrong with an option in the middle of a prompt. An unknown one is part of the prompt there."""
    if isinstance(read, Flag):
        return Problem("prompt", "option_not_last", read.name, " ".join(after.split())[:MAX_TEXT])
    return None if read is None or read.code == "option_unknown" else read


def _is_number(text: str, *, whole: bool) -> bool:
    pattern = r"-?\d{1,20}" if whole else r"-?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})"
    return re.fullmatch(pattern, text, re.ASCII) is not None
