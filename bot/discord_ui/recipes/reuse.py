"""The context menu **Reuse recipe**: opens a form filled in with an image's recipe."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
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
    NO_IMAGE,
    NO_RECIPE,
    READ_SECONDS,
    EmbeddedRecipe,
    files_in,
    first_recipe,
    job_of,
)
from bot.discord_ui.requests.imagine.form_values import SEED, SETTINGS, read_form
from bot.discord_ui.requests.imagine.given_options import parameters_of
from bot.discord_ui.requests.imagine.refused_form import requester_of_form
from bot.discord_ui.requests.submission import submit_request
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import explain, shown_prompt
from bot.translation import N_, _, shown_number
from bot.workflows import COMPOSITE, LORAS, MAX_SEED, Pack, default_of, escape
from bot.workflows.imports.recipe import Recipe
from bot.workflows.imports.recipes import recipe_of_values
from bot.workflows.imports.settings_text import settings_text

REUSE_ID: Final = "darkroom:reuse:{job_id}"
REUSE_OPEN_ID: Final = "darkroom:reuse:open:{key}"

_FOREIGN: Final = "foreign"
"""Stands for the job's id where the recipe came from the image file or is for another workflow."""
_SEED_DIGITS: Final = 20
_LABELS: Final[Mapping[str, str]] = {
    "prompt": N_("Prompt"),
    "negative": N_("Negative prompt"),
    SEED: N_("Seed"),
    SETTINGS: N_("Settings"),
}
_HINTS: Final[Mapping[str, str]] = {
    SEED: N_("Leave empty for a random seed."),
    SETTINGS: N_("One per line. Show recipe lists those that this workflow has no option for."),
}
_NO_WORKFLOW: Final = N_("No workflow here takes a prompt yet. Tell the people who run this bot.")


async def reuse_recipe(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Open the form, or reply with a button that opens it if the image downloads too slowly."""
    bot = interaction.client
    if (job := await job_of(interaction, message)) is not None:
        await _open(interaction, job, recipe_of_values(job.values, bot.library.packs.get(job.workflow)))
        return
    found = files_in(message)
    if not found:
        await tell(interaction, _(NO_IMAGE))
        return
    reading = asyncio.create_task(first_recipe(bot, found))
    await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not reading.done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        first = await reading
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    embedded = None if first is None else first[1]
    if embedded is None or not embedded.recipe:
        unread = N_(
            "That file contains a workflow, but I can’t read its prompt. **Show recipe** gives you the workflow."
        )
        await tell(interaction, _(NO_RECIPE if embedded is None else unread))
    elif not interaction.response.is_done():
        await _open(interaction, None, embedded.recipe)
    else:
        key = bot.pending.keep(interaction.user.id, embedded)
        ready = _("The recipe is ready. Open the form to change it and request a new image.")
        await interaction.edit_original_response(content=ready, view=_open_button(key))


async def press_open(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Open the form of a recipe that took too long to download."""
    embedded = interaction.client.pending.find(interaction.user.id, key, EmbeddedRecipe)
    if embedded is None:
        await tell(interaction, _("That was too long ago. Use **Reuse recipe** on the image again."))
    else:
        await _open(interaction, None, embedded.recipe)


async def submit_reuse(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Submit a job with the form's values. Everything else comes from the original job, if it is known."""
    job = None if job_id == _FOREIGN else await interaction.client.ledger.job(job_id)
    if job is not None and not Viewer.of(interaction).reads(job):
        job = None
    pack, known = workflow_to_reuse(interaction, job)
    if pack is None:
        await tell(interaction, _(_NO_WORKFLOW))
        return
    typed = dict(answers(interaction))
    requester = requester_of_form(interaction, lambda: _form(pack, job_id, typed, {}))
    fitted = read_form(pack, typed, interaction.client.library)
    if (refusal := fitted.refusal(pack)) is not None:
        await requester.answers.refuse(refusal)
        return
    replaced = {name for option in ("prompt", "negative", "seed") for name in parameters_of(pack, option)}
    kept = {name: value for name, value in known.items() if name in {*pack.offered, LORAS, COMPOSITE} - replaced}
    # The prompt of a private image is in the form.
    private, spoiler = (job is not None and job.private), (job is not None and job.spoiler)
    await submit_request(requester, pack, kept | fitted.values, private=private, spoiler=spoiler)


def workflow_to_reuse(
    interaction: discord.Interaction[Darkroom], job: Job | None
) -> tuple[Pack | None, Mapping[str, object]]:
    """The job's workflow and values if members may use it here, else the default workflow without values."""
    packs = interaction.client.library.usable(interaction.guild_id)
    pack = next((one for one in packs if job is not None and one.name == job.workflow), None)
    if job is not None and pack is not None:
        return pack, job.values
    return default_of(packs), {}


async def _open(interaction: discord.Interaction[Darkroom], job: Job | None, recipe: Recipe) -> None:
    pack, _unused = workflow_to_reuse(interaction, job)
    # What is in the recipe was drawn already. Only files of other programs still have their LoRA tags in the prompt.
    prompt, negative = (escape(text, loras=job is not None) for text in (recipe.prompt, recipe.negative))
    recipe = replace(recipe, prompt=prompt, negative=negative)
    if pack is None:
        await tell(interaction, _(_NO_WORKFLOW))
    elif "prompt" not in pack.offered:
        refusal = _("“{title}” doesn’t take a prompt. **Use as input** gives it another image.")
        await tell(interaction, refusal.format(title=shown_prompt(pack.title, 80)))
    else:
        choices = partial(interaction.client.library.choices, pack)
        settings = "" if job is not None else settings_text(pack, recipe.settings, choices)
        job_id = _FOREIGN if job is None or job.workflow != pack.name else job.id
        await interaction.response.send_modal(_form(pack, job_id, *_fields(pack, recipe, settings)))


def _fields(pack: Pack, recipe: Recipe, settings: str) -> tuple[dict[str, str], dict[str, str]]:
    """The texts that fill in the form, and what is said about them beyond `_HINTS`. `settings` is empty if the job's
    own values are used.
    """
    texts, hints = {"prompt": recipe.prompt}, {}
    if len(recipe.prompt) > TYPED:
        hints["prompt"] = _("Only the first {count} characters fit here.").format(count=shown_number(TYPED))
    if "negative" in pack.offered:
        texts["negative"] = recipe.negative
    if SEED in pack.offered:
        fits = recipe.seed is not None and 0 <= recipe.seed <= MAX_SEED
        texts[SEED] = str(recipe.seed) if fits else ""
        if not fits and recipe.seed is not None:
            hints[SEED] = _("Leave empty for a random seed. The image’s own seed is too large to use here.")
    return texts | ({SETTINGS: settings} if settings else {}), hints


def _form(pack: Pack, job_id: str, texts: Mapping[str, str], hints: Mapping[str, str]) -> discord.ui.Modal:
    hints = {**{name: _(hint) for name, hint in _HINTS.items()}, **hints}
    fields = [
        text_field(
            _(label),
            name,
            texts[name],
            _SEED_DIGITS if name == SEED else TYPED,
            hint=hints.get(name),
            required=name == "prompt",
            long=name != SEED,
        )
        for name, label in _LABELS.items()
        if name in texts
    ]
    return form_of(pack.title or _("Reuse recipe"), REUSE_ID.format(job_id=job_id), *fields)


def _open_button(key: str) -> discord.ui.View:
    custom_id, style = REUSE_OPEN_ID.format(key=key), discord.ButtonStyle.primary
    return view_of(discord.ui.Button(label=_("Open the form"), custom_id=custom_id, style=style))
