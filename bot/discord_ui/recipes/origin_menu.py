"""The context menu **Where is this from?**: what files say about how they were made, in words."""

import asyncio
from dataclasses import dataclass
from typing import Final

import discord

from bot import pictures
from bot.conversions import Signature
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.image_recipes import (
    MOST_BYTES,
    NO_IMAGE,
    EmbeddedRecipe,
    few_at_a_time,
    files_in,
    job_of,
    read_recipe,
)
from bot.discord_ui.requests.attachments import Given
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import download, explain, shown_prompt
from bot.spool import source_of
from bot.translation import N_, _

_MOST_FILES: Final = 4
_CODE_SHOWN: Final = 60
_VOCABULARY: Final = pictures.MADE_BY_MACHINE.rpartition("/")[0] + "/"
_MEANINGS: Final = {
    "trainedAlgorithmicMedia": N_("🤖 It says that an AI model made it."),
    "compositeWithTrainedAlgorithmicMedia": N_("🤖 It says that an AI model made parts of it."),
    "compositeSynthetic": N_("🤖 It says that parts of it are synthetic."),
    "algorithmicMedia": N_("💻 It says that a program made it, without a trained model."),
    "digitalCapture": N_("📷 It says that a camera took it."),
    "computationalCapture": N_("📷 It says that a camera took it and computed the image from several."),
    "negativeFilm": N_("📷 It says that it was scanned from film."),
    "positiveFilm": N_("📷 It says that it was scanned from film."),
    "print": N_("📷 It says that it was scanned from a print."),
    "digitalCreation": N_("✏️ It says that a person made it with a program."),
    "humanEdits": N_("✏️ It says that a person edited it with a program."),
}
"""The end of each address in IPTC's vocabulary (cv.iptc.org/newscodes/digitalsourcetype) -> what it means."""
_NOTHING: Final = N_(
    "It doesn’t say where it comes from. That proves nothing: screenshots, edits and many chat apps remove such marks."
)
_CAUTION: Final = N_("-# Anybody can remove or add such marks, so they prove nothing on their own.")


@dataclass(frozen=True, slots=True)
class _Told:
    filename: str
    origin: pictures.Origin
    recipe: EmbeddedRecipe
    signature: Signature | None = None


async def show_origin(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Answer privately, from the marks and recipes of the message's first files."""
    found = files_in(message)[:_MOST_FILES]
    job = await job_of(interaction, message)
    if not found:
        await tell(interaction, _(NO_IMAGE) if job is None else origin_text([], job))
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        told = [await _read(interaction.client, one) for one in found]
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    await tell(interaction, origin_text(told, job))


async def _read(bot: Darkroom, attachment: Given) -> _Told:
    async with few_at_a_time, bot.spool.box() as box:
        source = await download(attachment.url, MOST_BYTES, box)
        origin = await asyncio.to_thread(pictures.origin, source_of(source))
        recipe = await asyncio.to_thread(read_recipe, source, bot.library.distinct_infos)
        signature = await bot.conversions.signature(box, source) if origin.signed else None
    return _Told(attachment.filename, origin, recipe, signature)


def origin_text(told: list[_Told], job: Job | None) -> str:
    """What the files say, one after the other. Pure."""
    lines = []
    if job is not None:
        made = _("I made this for <@{user_id}>, <t:{time}:f>.")
        lines.append(made.format(user_id=job.user_id, time=int(job.created_at)))
    marks = False
    for one in told:
        said = _said(one)
        marks = marks or bool(said)
        if len(told) > 1:
            lines.append(f"**{shown_prompt(one.filename, _CODE_SHOWN)}**")
        lines += said or [_(_NOTHING)]
    return "\n".join([*lines, _(_CAUTION)] if marks else lines)


def _said(one: _Told) -> list[str]:
    lines = [_meaning(source) for source in one.origin.sources]
    if one.origin.signed:
        lines.append(_signed(one.signature))
    if one.recipe.graph is not None:
        lines.append(_("🧩 It contains a ComfyUI workflow. **Show recipe** shows it."))
    elif one.recipe:
        lines.append(_("🧩 It contains settings from an image generator. **Show recipe** shows them."))
    return lines


def _signed(signature: Signature | None) -> str:
    if signature is None or not signature.name:
        return _("🔏 It carries Content Credentials (C2PA) that I can’t check. Try contentcredentials.org/verify.")
    name = shown_prompt(signature.name, _CODE_SHOWN)
    if not signature.intact:
        told = _("⚠️ It carries Content Credentials (C2PA) from {name}, but it was changed after it was signed.")
    else:
        told = _(
            "🔏 {name} signed it (Content Credentials, C2PA), and it hasn’t been changed since. I can’t check whether "
            "the name is real, but contentcredentials.org/verify can."
        )
    return told.format(name=name)


def _meaning(source: str) -> str:
    code = source.removeprefix(_VOCABULARY).removeprefix(_VOCABULARY.replace("http:", "https:"))
    if code in _MEANINGS:
        return _(_MEANINGS[code])
    return _("🏷️ It gives its kind of source as: {code}").format(code=shown_prompt(code, _CODE_SHOWN))
