"""A complete message, and its files with what members hear and see of them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bot.messages.rendering.alternative_texts import alternative_text
from bot.messages.rendering.result_buttons import Button, Menu
from bot.spool import Content

_SPOILER: Final = "SPOILER_"
"""Discord hides files whose names begin with this."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a message. `caption` names the stage that made it. `description` is its alternative text."""

    filename: str
    content: Content
    caption: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An intermediate result, shown while the run continues. `files` None: the message has them already."""

    caption: str
    files: tuple[Attachment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A complete message. `files` None: the message keeps those it has."""

    content: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] | None = None
    menu: Menu | None = None


def described(files: Iterable[Attachment], words: str | None) -> tuple[Attachment, ...]:
    """The files of a job with their alternative texts. `words`: what was asked for, if everybody may read it there."""
    return tuple(
        replace(file, description=file.description or alternative_text(file.filename, file.caption, words))
        for file in files
    )


def spoilered(files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """The files, renamed so that Discord hides them until they are clicked."""
    return tuple(replace(file, filename=f"{_SPOILER}{unspoilered(file.filename)}") for file in files)


def unspoilered(filename: str) -> str:
    """The name of a file before `spoilered` renamed it."""
    return filename.removeprefix(_SPOILER)
