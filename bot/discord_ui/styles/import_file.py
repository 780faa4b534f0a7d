"""`/style import`: reads a file of styles, shows what it would change, and imports it when a moderator confirms."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.errors import LedgerAway, PictureRefused, SpoolFailed, StylesUnreadable
from bot.messages import download, explain, shown_prompt
from bot.moderation.styles.style_acts import MOST_STYLES, import_styles, replaced_by
from bot.moderation.styles.style_files import MOST_BYTES, StyleFile, read_style_file
from bot.spool import read
from bot.translation import N_, _, in_quotes, listed, ngettext
from bot.workflows.styles.style import Style

STYLE_IMPORT_ID: Final = "darkroom:style:import:{key}"

_SKIPPED_SHOWN: Final = 6
"""Rows that the message names. A file names all of them."""
_NAMES_SHOWN: Final = 6
_NOT_FETCHED: Final = N_("I couldn’t download that file from Discord. Please try again.")
_LATE: Final = N_("That was too long ago, or it’s imported already. To import the file again, use `/style import`.")


@dataclass(slots=True)
class _Import:
    """Styles that wait for a moderator's confirmation; None once that was given."""

    styles: Mapping[str, Style] | None


async def import_file(interaction: discord.Interaction[Darkroom], file: discord.Attachment) -> None:
    """Read the file and ask for confirmation."""
    moderator = await moderator_of(interaction, "style")
    if moderator is None:
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    found = await _read(interaction.client, file)
    if isinstance(found, str):
        await tell(interaction, found)
        return
    replaced = await replaced_by(moderator, found.styles)
    files = [_listing(found.skipped)] if len(found.skipped) > _SKIPPED_SHOWN else []
    text = _preview(found, replaced)[:CONTENT]
    if not found.styles:
        await interaction.followup.send(text, files=files, ephemeral=True)
        return
    key = interaction.client.pending.keep(interaction.user.id, _Import(found.styles))
    button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
        label=_("Import"), custom_id=STYLE_IMPORT_ID.format(key=key), style=discord.ButtonStyle.success
    )
    await interaction.followup.send(text, files=files, view=view_of(button), ephemeral=True)


async def press_import(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Import the styles: the moderator has confirmed."""
    waiting = interaction.client.pending.find(interaction.user.id, key, _Import)
    if waiting is None:
        await tell(interaction, _(_LATE))
        return
    moderator = await moderator_of(interaction, "style")
    if moderator is None:
        return
    styles, waiting.styles = waiting.styles, None
    if styles is None:
        await tell(interaction, _(_LATE))
        return
    await interaction.response.defer()
    try:
        saved = await import_styles(moderator, styles)
    except LedgerAway:
        waiting.styles = styles  # another press tries it again
        raise
    done = _("✅ Imported {styles}: {added} new, {replaced} replaced.").format(
        styles=_counted(len(saved.added) + len(saved.replaced)), added=len(saved.added), replaced=len(saved.replaced)
    )
    lines = [done]
    if saved.left_out:
        full = _("There was no room for {names}: a server can have {most} styles of its own.")
        lines.append(full.format(names=_named(saved.left_out), most=MOST_STYLES))
    files = [_listing(saved.left_out)] if len(saved.left_out) > _NAMES_SHOWN else []
    await interaction.edit_original_response(content="\n".join(lines)[:CONTENT], attachments=files, view=None)


async def _read(bot: Darkroom, file: discord.Attachment) -> StyleFile | str:
    """The styles in an attachment, or what to tell the moderator."""
    too_large = explain(StylesUnreadable("too_large", MOST_BYTES))
    if file.size > MOST_BYTES:
        return too_large
    try:
        async with bot.spool.box() as box:
            content = await download(file.url, MOST_BYTES, box)
            return await asyncio.to_thread(lambda: read_style_file(read(content)))
    except PictureRefused as fault:
        return too_large if fault.code == "too_many_bytes" else _(_NOT_FETCHED)
    except SpoolFailed:
        return _(_NOT_FETCHED)
    except StylesUnreadable as fault:
        return explain(fault)


def _preview(found: StyleFile, replaced: Sequence[str]) -> str:
    if not found.styles:
        lines = [explain(StylesUnreadable("empty"))]
    else:
        lines = [_("That file has {styles}.").format(styles=_counted(len(found.styles)))]
        names = listed(in_quotes(shown_prompt(name, 40)) for name in [*found.styles][:_NAMES_SHOWN])
        lines.append(f"-# {names}" + (" …" if len(found.styles) > _NAMES_SHOWN else ""))
    if replaced:
        over = ngettext(
            "⚠️ {count} of them replaces a style of this server: {names}.",
            "⚠️ {count} of them replace styles of this server: {names}.",
            len(replaced),
        )
        lines.append(over.format(count=len(replaced), names=_named(replaced)))
    if found.skipped:
        skipped = ngettext("{count} row can’t be imported:", "{count} rows can’t be imported:", len(found.skipped))
        lines += [
            skipped.format(count=len(found.skipped)),
            *(f"- {shown_prompt(one, 200)}" for one in found.skipped[:_SKIPPED_SHOWN]),
        ]
    if len(found.skipped) > _SKIPPED_SHOWN:
        lines.append(_("- … and more: the attached file lists them all"))
    if found.styles:
        lines.append(_("Press **Import** to add them."))
    return "\n".join(lines)


def _named(names: Sequence[str]) -> str:
    text = listed(in_quotes(shown_prompt(name, 40)) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return _("{things} and {count} more").format(things=text, count=more) if more > 0 else text


def _counted(number: int) -> str:
    return ngettext("{count} style", "{count} styles", number).format(count=number)


def _listing(lines: Sequence[str]) -> discord.File:
    return discord.File(
        io.BytesIO("\n".join(lines).encode("utf-8", "replace")),
        "not-imported.txt",
        description=_("The rows that can’t be imported"),
    )
