"""The context menu **Reuse recipe**: a form that is filled in with what a picture was made from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

import discord

from bot.discord_limits import TYPED
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.recipes.image_recipes import (
    NO_FILE,
    NO_RECIPE,
    READ_SECONDS,
    Carried,
    files_in,
    first_carried,
    job_of,
)
from bot.discord_ui.requests.submission import take_order
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import explain, shown_prompt
from bot.workflows import MAX_SEED, Pack, default_of
from bot.workflows.imports.recipe import Recipe
from bot.workflows.imports.recipes import recipe_of_values
from bot.workflows.imports.settings_text import read_settings, settings_text

REUSE_ID: Final = "darkroom:reuse:{job_id}"
REUSE_OPEN_ID: Final = "darkroom:reuse:open:{key}"

_FOREIGN: Final = "foreign"
_SEED_DIGITS: Final = 20
_CUT: Final = "Only the first 4,000 characters fit here."
_RANDOM: Final = "Empty: a random one."
_TOO_LARGE: Final = "Empty: a random one. The picture’s own is too large for me."

_SETTINGS: Final = "One a line. What this workflow has no option for isn’t here; Show recipe tells it."

_READY: Final = "The recipe is read."
_LATE: Final = "That was too long ago. Use **Reuse recipe** on the picture again."
_NO_WORDS: Final = "“{title}” takes no words. **Use as input** gives it another picture."
_NO_WORKFLOW: Final = "There is no workflow here yet that takes a prompt. Tell whoever runs this bot."
_NO_SEED: Final = f"A seed is a whole number from 0 to {MAX_SEED:,}. Leave it empty for a random one."
_UNREAD: Final = "That file carries a workflow, but I can’t tell its prompt. **Show recipe** hands the workflow over."
_NO_SETTING: Final = "These settings aren’t `name: value` with an option of this workflow: {lines}"


async def reuse_recipe(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Open the form; where the picture comes too slowly for that, offer a button that does."""
    bot = interaction.client
    if (job := await job_of(interaction, message)) is not None:
        await _open(interaction, job, recipe_of_values(job.values, bot.library.packs.get(job.workflow)))
        return
    found = files_in(message)
    if not found:
        await tell(interaction, NO_FILE)
        return
    reading = asyncio.create_task(first_carried(bot, found))
    await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not reading.done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        first = await reading
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    if first is None or not first[1].recipe:
        await tell(interaction, NO_RECIPE if first is None else _UNREAD)
    elif not interaction.response.is_done():
        await _open(interaction, None, first[1].recipe)
    else:
        key = bot.pending.keep(interaction.user.id, first[1])
        await interaction.edit_original_response(content=_READY, view=_opening(key))


async def press_open(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Open the form that had to wait for its picture."""
    carried = interaction.client.pending.find(interaction.user.id, key, Carried)
    if carried is None:
        await tell(interaction, _LATE)
    else:
        await _open(interaction, None, carried.recipe)


async def submit_reuse(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Order what the form says: with all else that the job had, where that is known."""
    job = None if job_id == _FOREIGN else await interaction.client.ledger.job(job_id)
    if job is not None and not Viewer.of(interaction).reads(job):
        job = None
    pack, known = usable(interaction, job)
    if pack is None:
        await tell(interaction, _NO_WORKFLOW)
        return
    given = dict(answers(interaction))
    settings, wrong = read_settings(pack, given.pop("settings", ""))
    if wrong:
        await tell(interaction, _NO_SETTING.format(lines=", ".join(f"`{shown_prompt(one, 60)}`" for one in wrong[:5])))
        return
    seed = given.pop("seed", "").strip().replace(",", "").replace("_", "")
    if seed and not _is_seed(seed):
        await tell(interaction, _NO_SEED)
        return
    values: dict[str, object] = {**known, **settings}
    for name in ("prompt", "negative", "seed"):
        values.pop(name, None)
    values |= {name: text for name, text in given.items() if name in {"prompt", "negative"} and text.strip()}
    if seed:
        values["seed"] = int(seed)
    await take_order(interaction, pack, {name: value for name, value in values.items() if name in pack.offered})


def _is_seed(text: str) -> bool:
    return text.isdecimal() and len(text) <= _SEED_DIGITS and int(text) <= MAX_SEED


def usable(interaction: discord.Interaction[Darkroom], job: Job | None) -> tuple[Pack | None, Mapping[str, object]]:
    """The job's workflow with its values if members may use it here, else the usual one with none."""
    packs = interaction.client.library.visible(interaction.guild_id)
    pack = next((one for one in packs if job is not None and one.name == job.workflow), None)
    if job is not None and pack is not None:
        return pack, job.values
    return default_of(packs), {}


async def _open(interaction: discord.Interaction[Darkroom], job: Job | None, recipe: Recipe) -> None:
    pack, _ = usable(interaction, job)
    if pack is None:
        await tell(interaction, _NO_WORKFLOW)
    elif "prompt" not in pack.offered:
        await tell(interaction, _NO_WORDS.format(title=shown_prompt(pack.title, 80)))
    else:
        choices = partial(interaction.client.library.choices, pack)
        settings = "" if job is not None else settings_text(pack, recipe.settings, choices)
        await interaction.response.send_modal(_form(pack, job, recipe, settings))


def _form(pack: Pack, job: Job | None, recipe: Recipe, settings: str) -> discord.ui.Modal:
    job_id = _FOREIGN if job is None or job.workflow != pack.name else job.id
    hint = _CUT if len(recipe.prompt) > TYPED else None
    fields = [text_field("Prompt", "prompt", recipe.prompt, TYPED, hint=hint, required=True, long=True)]
    if "negative" in pack.offered:
        fields.append(text_field("Not in it", "negative", recipe.negative, TYPED, long=True))
    if "seed" in pack.offered:
        fits = recipe.seed is not None and 0 <= recipe.seed <= MAX_SEED
        hint = _RANDOM if fits or recipe.seed is None else _TOO_LARGE
        fields.append(text_field("Seed", "seed", str(recipe.seed) if fits else "", _SEED_DIGITS, hint=hint))
    if settings:
        fields.append(text_field("Settings", "settings", settings, TYPED, hint=_SETTINGS, long=True))
    return form_of(pack.title or "Reuse recipe", REUSE_ID.format(job_id=job_id), *fields)


def _opening(key: str) -> discord.ui.View:
    style = discord.ButtonStyle.primary
    return view_of(discord.ui.Button(label="Open the form", custom_id=REUSE_OPEN_ID.format(key=key), style=style))
