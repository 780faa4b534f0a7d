"""The page as HTML. Its texts are filled in here, so that translators find them."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from bot.paint_page.desk import Sheet
from bot.translation import N_, _, spoken

_FOLDER: Final = Path(__file__).with_name("static")
_CONTENT_TYPES: Final[Mapping[str, str]] = {"paint.js": "text/javascript", "paint.css": "text/css"}
"""The files that a browser may ask for."""

_LABELS: Final[Mapping[str, str]] = {
    "title": N_("Change part"),
    "intro": N_("Paint over the part that should change."),
    "canvas": N_("The image. Arrow keys move the brush, Space paints, plus and minus zoom."),
    "tools": N_("Tools"),
    "brush": N_("Brush"),
    "eraser": N_("Eraser"),
    "move": N_("Move"),
    "undo": N_("Undo"),
    "redo": N_("Redo"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "size": N_("Brush size"),
    "clear": N_("Clear"),
    "prompt": N_("Prompt"),
    "hint": N_("Describe the whole image, including the new part."),
    "send": N_("Send"),
    "keys": N_("Keys"),
    "keys_help": N_(
        "Arrow keys move the brush (with Shift: faster), Space paints, B and E switch between brush and eraser, "
        "[ and ] change the size, + and − zoom, 0 shows the whole image, Ctrl+Z undoes, Ctrl+Y redoes."
    ),
    "no_script": N_("This page needs JavaScript. Switch it on, or choose the part from the grid in Discord."),
}
_SAYINGS: Final[Mapping[str, str]] = {
    "loading": N_("Loading the image …"),
    "expires": N_("This link works once, until {time}."),
    "sending": N_("Sending …"),
    "sent": N_("Sent. The new image appears in Discord."),
    "to_message": N_("Open Discord"),
    "nothing": N_("Nothing is marked yet. Paint over the part that should change."),
    "offline": N_("I can’t be reached right now. Check your connection, then try again."),
    "too_large": N_("That mask is too large to send. Mark less detail."),
    "no_image": N_("Your browser can’t show this image. Try another one, or choose the part from the grid in Discord."),
    "place": N_("{across}% across, {down}% down"),
    "painted": N_("Painted"),
    "erased": N_("Erased"),
    "undone": N_("Undone"),
    "redone": N_("Redone"),
    "cleared": N_("Cleared"),
}
"""What the script says, with the values that it fills in."""


@dataclass(frozen=True, slots=True)
class Static:
    """A file of the page."""

    content: bytes
    content_type: str


@functools.cache
def read_static(name: str) -> Static | None:
    """The file with this name; None if there is none."""
    kind = _CONTENT_TYPES.get(name)
    return None if kind is None else Static((_FOLDER / name).read_bytes(), kind)


def render_page(sheet: Sheet, mask_bytes: int) -> str:
    """The page for a link. A mask may have at most `mask_bytes`."""
    facts = {
        "expiresAt": sheet.expires_at,
        "maskBytes": mask_bytes,
        "texts": {name: _(text) for name, text in _SAYINGS.items()},
    }
    return _filled(
        "page.html",
        facts=json.dumps(facts),
        prompt_text=sheet.prompt,
        longest=str(sheet.longest_prompt),
        **{name: _(text) for name, text in _LABELS.items()},
    )


def render_refusal(text: str, folder: str) -> str:
    """A page that says why a link does not work. `folder` leads from its address to the folder of the links."""
    return _filled("refusal.html", title=_(_LABELS["title"]), text=_plain(text), folder=folder)


def _plain(text: str) -> str:
    """The text without Discord's Markdown."""
    return re.sub(r"\*\*|`", "", text)


def _filled(name: str, **values: str) -> str:
    return _template(name).substitute(
        {key: html.escape(value) for key, value in {**values, "language": spoken().code.replace("_", "-")}.items()}
    )


@functools.cache
def _template(name: str) -> Template:
    return Template((_FOLDER / name).read_text(encoding="utf-8"))
