"""Convert a rendered message to discord.py's arguments."""

import io
from typing import TypedDict

import discord

from bot.discord_internals import untracked
from bot.messages.rendering.rendered import Rendered
from bot.messages.rendering.result_buttons import Button
from bot.operating_system.open_files import LACK
from bot.spool import Content, Spooled, failed


class _Fields(TypedDict, total=False):
    content: str
    view: discord.ui.View
    attachments: list[discord.File]


def fields_of(rendered: Rendered) -> _Fields:
    """The arguments for an edit."""
    fields: _Fields = {
        "content": rendered.content,
        "view": controls_of(rendered),
    }
    if rendered.files is not None:
        fields["attachments"] = files_of(rendered)
    return fields


def files_of(rendered: Rendered) -> list[discord.File]:
    """The files to upload with a message."""
    # New objects each time: a request uses up the files it sends.
    return [discord_file(file.content, file.filename, file.description) for file in rendered.files or ()]


def only_user(user_id: int) -> discord.AllowedMentions:
    """Mentions this user if the text does, and nobody else."""
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user_id)])


def discord_file(content: Content, filename: str, description: str | None) -> discord.File:
    """One file to upload; a file on disk is read while it is being sent. Raises `SpoolFailed` if it is gone, and
    `OSError` if the process has too many open files at the moment.
    """
    try:
        readable = content.path if isinstance(content, Spooled) else io.BytesIO(content)
        return discord.File(readable, filename, description=description)
    except OSError as fault:
        if fault.errno in LACK:
            raise
        raise failed(fault) from fault


def controls_of(rendered: Rendered) -> discord.ui.View:
    """The menu and the buttons of a message."""
    view, menu = button_row(rendered.buttons), rendered.menu
    if menu is None:
        return view
    options = [discord.SelectOption(label=label, value=value) for value, label in menu.options]
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=menu.custom_id, placeholder=menu.placeholder, options=options
    )
    return untracked(discord.ui.View(timeout=None), select, *view.children)


def button_row(buttons: tuple[Button, ...]) -> discord.ui.View:
    """The buttons as a discord.py view. Presses are handled by custom_id, not by this view."""
    danger, secondary = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    items: list[discord.ui.Button[discord.ui.View]] = [
        discord.ui.Button(label=one.label, custom_id=one.custom_id, style=danger if one.danger else secondary)
        for one in buttons
    ]
    return untracked(discord.ui.View(timeout=None), *items)
