"""The question before a grid begins, and its start: all cells enter the queue together, then the sheet is shown."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.discord_internals import AnsweredElsewhere
from bot.discord_limits import CONTENT
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import refuse, tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.grid.limits import counted, over_limit
from bot.discord_ui.grid.order import GridOrder
from bot.discord_ui.grid.plan import GridPlan, plan_grid
from bot.discord_ui.requests.attachments import store_files
from bot.discord_ui.requests.first_reply import why_no_estimate
from bot.discord_ui.requests.imagine.defaults import notes_text
from bot.discord_ui.requests.submission import new_job
from bot.errors import LimitReached, PictureRefused, SpoolFailed
from bot.ledger import Act, Axis, Entry, Grid, Job, NewGrid, NewJob
from bot.messages import controls_of, explain, explain_limit, render_grid, shown_prompt
from bot.translation import N_, _, listed, ngettext

log = logging.getLogger(__name__)

GRID_START_ID: Final = "darkroom:grid:start:{key}"
GRID_DROP_ID: Final = "darkroom:grid:drop:{key}"

_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
_GONE: Final = N_("I no longer know which grid that was. Use `/grid` again.")
_STARTED: Final = N_("Your grid has started already.")


async def ask(interaction: discord.Interaction[Darkroom], order: GridOrder, notes: Sequence[str]) -> None:
    """Say how many images the grid has and what they count as, with Start and Cancel; or why it can't be started."""
    plan = await plan_grid(interaction, order)
    if isinstance(plan, str):
        await interaction.edit_original_response(content=plan[:CONTENT])
        return
    refusal, said = await _limits(interaction, plan)
    if refusal is not None:
        await interaction.edit_original_response(content=refusal)
        return
    key = interaction.client.pending.keep(interaction.user.id, order)
    view = view_of(
        discord.ui.Button(label=_("Start"), custom_id=GRID_START_ID.format(key=key), style=discord.ButtonStyle.primary),
        discord.ui.Button(label=_("Cancel"), custom_id=GRID_DROP_ID.format(key=key)),
    )
    await interaction.edit_original_response(content=_question(order, plan, said, notes)[:CONTENT], view=view)


async def press_start(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Put all cells into the queue and show the sheet."""
    order = interaction.client.pending.find(interaction.user.id, key, GridOrder)
    if order is None:
        await tell(interaction, _(_GONE))
        return
    if order.started:
        await tell(interaction, _(_STARTED))
        return
    order.started = True
    try:
        await begin_act(interaction, reply=True, private=order.private)
        started = await _start(interaction, order)
    except BaseException:
        order.started = False
        raise
    order.started = started
    if started:
        await _settle(order, _("▶️ Started. The sheet fills up as the images finish."))


async def press_drop(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Start nothing."""
    order = interaction.client.pending.find(interaction.user.id, key, GridOrder)
    if order is not None and order.started:
        await tell(interaction, _(_STARTED))
        return
    if order is not None:
        order.started = True
    await interaction.response.edit_message(content=_("Nothing was started."), view=None)


async def _start(interaction: discord.Interaction[Darkroom], order: GridOrder) -> bool:
    bot = interaction.client
    plan = await plan_grid(interaction, order)
    if isinstance(plan, str):
        await refuse(interaction, plan[:CONTENT])
        return False
    refusal, _said = await _limits(interaction, plan)
    if refusal is not None:
        await refuse(interaction, refusal)
        return False
    try:
        files = await store_files(bot, plan.pack, plan.attached, interaction.guild_id)
    except (PictureRefused, LimitReached, SpoolFailed) as fault:
        await refuse(interaction, explain(fault))
        return False
    stored = {name: file.id for name, file in files.items()}
    new, cells = _jobs(Requester.of(interaction), order, plan, stored)
    try:
        jobs = await bot.ledger.grids.create(new, cells, plan.cells[0].admitted.allowance)
    except LimitReached as fault:
        if new.guild_id is not None:
            bot.moderators_log.note(Entry(new.guild_id, Act.REFUSED, user_id=new.user_id, detail="limit"))
        await refuse(interaction, explain_limit(fault))
        return False
    log.info("grid %s: %d cells for user %d", new.id, len(jobs), new.user_id)
    held = next((job for job in jobs if job.hidden), None)
    if held is not None and held.guild_id is not None:
        detail = held.hold_reason or ""
        bot.moderators_log.note(Entry(held.guild_id, Act.HELD, user_id=held.user_id, job_id=held.id, detail=detail))
    await _show(interaction, plan, new, jobs)
    return True


async def _show(
    interaction: discord.Interaction[Darkroom], plan: GridPlan, new: NewGrid, jobs: tuple[Job, ...]
) -> None:
    """Fill in the deferred reply. If that fails, the writer of the sheets does it a little later."""
    ledger, library = interaction.client.ledger, interaction.client.library
    stored = Grid(
        **{name: getattr(new, name) for name in NewGrid.__dataclass_fields__},
        message_id=None,
        created_at=jobs[0].created_at,
        warned_at=None,
        closed_at=None,
        deleted_by=None,
    )
    note = await why_no_estimate(ledger, library, plan.pack.name)
    rendered = render_grid(stored, plan.pack.title, jobs, note=note)
    try:
        message = await interaction.edit_original_response(content=rendered.content, view=controls_of(rendered))
    except (AnsweredElsewhere, *_FAILURES) as fault:
        log.warning("grid %s: it is not known whether its message was sent: %s", new.id, fault)
        return
    await ledger.grids.acknowledged(new.id, message.id)


def _jobs(
    requester: Requester, order: GridOrder, plan: GridPlan, stored: dict[str, str]
) -> tuple[NewGrid, list[NewJob]]:
    new = NewGrid(
        id=str(uuid.uuid4()),
        guild_id=requester.guild_id,
        channel_id=requester.channel_id,
        user_id=requester.user.id,
        application_id=requester.application_id,
        interaction_token=requester.token,
        upload_limit=requester.filesize_limit,
        channel_visible=not order.private and requester.channel_visible,
        private=order.private,
        workflow=plan.pack.name,
        prompt=str(order.options["prompt"]),
        axes=[Axis(option=axis.option, labels=[*axis.labels]) for axis in order.axes],
    )
    cells = []
    for number, cell in enumerate(plan.cells):
        admitted = replace(cell.admitted, spoiler=cell.admitted.spoiler or order.spoiler)
        job = new_job(requester, plan.pack, {**cell.values, **stored}, cell.work, admitted, private=order.private)
        # A cell has no message that its token could edit, and whose owner would have to be warned.
        given = None if cell.given is None else {**cell.given, **stored}
        own = {"interaction_token": "", "channel_visible": True, "grid_id": new.id, "cell": number, "given": given}
        cells.append(replace(job, **own))  # type: ignore[arg-type]
    return new, cells


async def _limits(interaction: discord.Interaction[Darkroom], plan: GridPlan) -> tuple[str | None, str]:
    """Why the grid is over a limit, if it is, and what it counts as."""
    allowance = plan.cells[0].admitted.allowance
    usage = await interaction.client.ledger.usage(interaction.user.id, interaction.guild_id)
    refusal = await _no_room(interaction) or over_limit(len(plan.cells), plan.images, allowance, usage)
    return refusal, counted(plan.images, allowance, usage)


async def _no_room(interaction: discord.Interaction[Darkroom]) -> str | None:
    """Why the images of another grid may not be kept for this guild, if so."""
    most, guild_id = interaction.client.settings.caps.disk, interaction.guild_id
    if most is None or guild_id is None or await interaction.client.ledger.shelf.disk(guild_id) < most:
        return None
    return explain(LimitReached("guild_disk", most, None))


def _question(order: GridOrder, plan: GridPlan, said: str, notes: Sequence[str]) -> str:
    images = ngettext("{count} image", "{count} images", len(plan.cells)).format(count=len(plan.cells))
    lines = [
        f"> {shown_prompt(str(order.options['prompt']), 300)}",
        f"**{_('Grid of {images}').format(images=images)}** · {shown_prompt(plan.pack.title, 80)}",
    ]
    for axis in order.axes:
        shown = listed(label[:40] for label in axis.labels)
        lines.append(f"-# {shown_prompt(axis.option or _('variants of the prompt'), 40)}: {shown_prompt(shown, 300)}")
    lines.append(said)
    if any(cell.admitted.held is not None for cell in plan.cells):
        lines.append(_("A moderator has to look at the prompt first."))
    unused = [*notes, *plan.notes]
    return "\n".join([*lines, *([notes_text(unused)] if unused else [])])


async def _settle(order: GridOrder, text: str) -> None:
    """Replace the question, which has been answered."""
    try:
        await order.interaction.edit_original_response(content=text, view=None)
    except (AnsweredElsewhere, *_FAILURES) as fault:
        log.info("could not replace the question of a grid: %s", fault)
