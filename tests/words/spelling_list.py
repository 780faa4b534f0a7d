"""The public list of spellings: what is caught, what is missed and why, what is harmless."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("spellings.toml")


@dataclass(frozen=True)
class Spelling:
    """A text, and the word that moderators listed."""

    how: str
    text: str
    caught: bool
    word: str = "nude"
    forms: bool = False
    why: str = ""


def spellings() -> tuple[Spelling, ...]:
    """Those that are caught, then those that are missed."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(Spelling(**one, caught=kind == "caught") for kind in ("caught", "missed") for one in read[kind])


def harmless() -> tuple[tuple[str, str], ...]:
    """Each listed word, with a text in which it must not be found."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple((word, text) for word, texts in read["harmless"].items() for text in texts)


def doors() -> dict[str, str]:
    """What tries each door, by its name in the tests -> the door in words."""
    return {name: door for door, name in tomllib.loads(_FILE.read_text(encoding="utf-8"))["doors"].items()}
