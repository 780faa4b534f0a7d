"""Render a grid as its Discord message: what varies, how far it is, and the sheet. Pure.

Its end is said like that of a job: the first sign of a line says that nothing more follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_limits import CHOICE, CHOICES, CONTENT
from bot.discord_times import shown_time
from bot.ledger import BY_RULE, PROMPT, Grid, GuildRules, Job, JobState
from bot.messages.rendering.figures import count, duration, progress_bar
from bot.messages.rendering.quoted_text import shown_prompt
from bot.messages.rendering.rendered import Attachment, Rendered
from bot.messages.rendering.result_buttons import (
    GRID_CANCEL_ID,
    GRID_CELL_ID,
    GRID_DELETE_ID,
    REPORT_ID,
    Button,
    Menu,
)
from bot.pictures.sheets.font import can_draw
from bot.translation import N_, _, listed, ngettext

_PROMPT: Final = 400
"""Characters of the prompt; escaping can double them."""
_AXIS, _VALUE = 200, 40
"""Characters of all values of an axis, and of one."""
_REASONS: Final = 3
"""How many different reasons of failures are listed."""
_REASON: Final = 200
_TITLE: Final = 80
_WORDS: Final[Mapping[JobState, tuple[str, str]]] = {
    JobState.QUEUED: ("…", N_("waiting")),
    JobState.RUNNING: ("→", N_("running …")),
    JobState.FAILED: ("×", N_("failed")),
    JobState.CANCELLED: ("–", N_("cancelled")),
    JobState.DONE: ("·", N_("no preview")),
}
_HIDDEN: Final = N_("> *Only moderators can see this request.*")
_PARTING: Final = N_(
    "🕓 Still in progress. I can edit this reply for 15 minutes only, so I’ll send the finished sheet as a direct "
    "message.\n-# `/cancel` still stops it."
)


def is_grid_hidden(cells: Sequence[Job]) -> bool:
    """Whether only moderators may read what was asked for."""
    return any(cell.hidden and cell.awaits == PROMPT for cell in cells)


def cell_name(grid: Grid, number: int) -> str:
    """What is special about a cell, like “steps 20, guidance 5”. Not escaped."""
    column, row = number % grid.columns, number // grid.columns
    places = zip(grid.axes, (column, row), strict=False)
    return ", ".join(f"{axis['option']} {axis['labels'][place]}".strip() for axis, place in places)


def render_grid(
    grid: Grid,
    title: str,
    cells: Sequence[Job],
    *,
    ready_at: float | None = None,
    paused: GuildRules | None = None,
    note: str | None = None,
    files: tuple[Attachment, ...] | None = None,
) -> Rendered:
    """A grid on its way, or at its end once no cell is left. `ready_at`: when all will be done, in seconds since 1970;
    None: unknown. `paused`: who paused the queue, if somebody did; `note`: another reason why cells wait. `files` None:
    the message keeps its sheet.
    """
    over = is_over(cells)
    status = _end(cells, title) if over else _progress(cells, ready_at, paused, note)
    lines = [*_heading(grid, cells), *status, *_signs(cells), *_failures(grid, cells)]
    taken = tuple(
        (cell.id, cell_name(grid, cell.cell or 0)[:CHOICE])
        for cell in cells
        if cell.state is JobState.DONE and cell.deleted_by is None
    )[:CHOICES]
    menu = Menu(_("Take one out, in full size"), GRID_CELL_ID.format(grid_id=grid.id), taken) if taken else None
    return Rendered("\n".join(lines)[:CONTENT], _buttons(grid, cells, over=over), files, menu)


def render_grid_parting(grid: Grid, cells: Sequence[Job]) -> Rendered:
    """An unfinished grid whose message will soon be out of reach."""
    return Rendered("\n".join([*_heading(grid, cells), _(_PARTING)]))


def is_over(cells: Sequence[Job]) -> bool:
    """Whether every cell has ended."""
    return all(cell.state not in {JobState.QUEUED, JobState.RUNNING} for cell in cells)


def _heading(grid: Grid, cells: Sequence[Job]) -> list[str]:
    if is_grid_hidden(cells):
        return [_(_HIDDEN)]
    axes = " × ".join(_axis(axis["option"], axis["labels"]) for axis in grid.axes)
    return [f"> {shown_prompt(grid.prompt, _PROMPT)}", f"-# {axes}"]


def drawn_labels(labels: Sequence[str]) -> list[str]:
    """The labels of an axis as the sheet draws them. One with letters that its font lacks is a number there, which the
    message explains.
    """
    return [label if can_draw(label) else f"#{number}" for number, label in enumerate(labels, 1)]


def cell_words(cell: Job) -> tuple[str, str]:
    """What a cell without an image shows on the sheet: a word, or a sign where the sheet's font lacks letters of it."""
    if cell.deleted_by is not None:
        return "–", _("deleted")
    if cell.state is JobState.QUEUED and cell.held_by is not None:
        return "?", _("on hold") if cell.held_by else _("waiting for a moderator")
    sign, word = _WORDS[cell.state]
    return sign, _(word)


def _signs(cells: Sequence[Job]) -> list[str]:
    """What the signs on the sheet mean, if there is a sheet, and signs on it."""
    if _count(cells, JobState.DONE) == 0:
        return []
    without = (cell for cell in cells if cell.state is not JobState.DONE or cell.deleted_by is not None)
    shown = dict.fromkeys(cell_words(cell) for cell in without)
    signs = [f"{sign} {word}" for sign, word in shown if not can_draw(word)]
    return [f"-# {_('On the sheet: {signs}').format(signs=listed(signs))}"] if signs else []


def _axis(option: str, labels: Sequence[str]) -> str:
    drawn = zip(drawn_labels(labels), labels, strict=True)
    named = (label[:_VALUE] if one == label else f"{one} {label[:_VALUE]}" for one, label in drawn)
    shown = shown_prompt(", ".join(named), _AXIS)
    return f"**{shown_prompt(option, _VALUE)}** {shown}" if option else shown


def _progress(cells: Sequence[Job], ready_at: float | None, paused: GuildRules | None, note: str | None) -> list[str]:
    done = _count(cells, JobState.DONE)
    running = sum(cell.state is JobState.RUNNING and not cell.is_ready for cell in cells)
    held = [cell for cell in cells if cell.state is JobState.QUEUED and cell.held_by is not None]
    waiting = _count(cells, JobState.QUEUED) - len(held)
    facts = [_("{done} of {count} done").format(done=done, count=len(cells))]
    if running:
        facts.append(ngettext("{count} running", "{count} running", running).format(count=running))
    if ready_at is not None and not ((paused or note) and waiting):
        facts.append(_("ready {when}").format(when=shown_time(ready_at, "R")))
    ended = sum(cell.state not in {JobState.QUEUED, JobState.RUNNING} for cell in cells)
    lines = [f"{'🎨' if done or running else '🕓'} {' · '.join(facts)}", progress_bar(ended / len(cells))]
    if held:
        on_hold = ngettext("{count} is waiting for a moderator.", "{count} are waiting for a moderator.", len(held))
        lines.append(f"✋ {on_hold.format(count=len(held))}")
    if waiting and paused is not None and paused.paused_by is not None:
        who = f"<@{paused.paused_by}>"
        lines.append(f"{_('⏸️ The queue is paused by {who}').format(who=who)}. {_('Your place is kept.')}")
    elif waiting and note is not None:
        lines.append(f"-# {note}")
    return lines


def _end(cells: Sequence[Job], title: str) -> list[str]:
    done, failed = _count(cells, JobState.DONE), _count(cells, JobState.FAILED)
    cancelled = [cell for cell in cells if cell.state is JobState.CANCELLED]
    if not done and failed:
        return [_("⚠️ None of the {count} images could be generated.").format(count=len(cells))]
    by = next((cell.cancelled_by for cell in cancelled if cell.cancelled_by != cell.user_id), None)
    said = _("cancelled by the requester") if by is None else _("cancelled by {who}").format(who=f"<@{by}>")
    said = _("cancelled") if by == BY_RULE else said
    reasons = [shown_prompt(cell.reason, _REASON) for cell in cancelled if cell.reason]
    why = f": {reasons[0]}" if reasons else ""
    if not done:
        return [f"🛑 {said[:1].upper()}{said[1:]}{why}"]
    facts = [_("{done} of {count} images").format(done=done, count=len(cells)) if done < len(cells) else ""]
    facts[0] = facts[0] or count("image", done)
    seeds = {cell.values["seed"] for cell in cells if "seed" in cell.values}
    facts += [_("seed {seed}").format(seed=f"`{seed}`") for seed in seeds] if len(seeds) == 1 else []
    facts.append(shown_prompt(title, _TITLE))
    if (began := min(cell.created_at for cell in cells)) and (ends := [cell.finished_at or 0.0 for cell in cells]):
        facts.append(duration(max(0.0, max(ends) - began)))
    left = ngettext("{count} was {cancelled}", "{count} were {cancelled}", len(cancelled))
    note = left.format(count=len(cancelled), cancelled=said)
    return [f"✅ {' · '.join(facts)}", *([f"-# {note}{why}"] if cancelled else [])]


def _failures(grid: Grid, cells: Sequence[Job]) -> list[str]:
    """The cells that failed, by their reason."""
    by_reason: dict[str, list[Job]] = {}
    for cell in cells:
        if cell.state is JobState.FAILED:
            by_reason.setdefault(cell.reason or "", []).append(cell)
    lines = []
    for reason, failed in [*by_reason.items()][:_REASONS]:
        which = cell_name(grid, failed[0].cell or 0)
        if len(failed) > 1:
            which = _("{things} and {count} more").format(things=which, count=len(failed) - 1)
        # The reason is our own text, and may have lines.
        lines.append(f"-# ❌ {shown_prompt(which, _TITLE)}: {' '.join(reason.split())[:_REASON]}")
    return lines


def _buttons(grid: Grid, cells: Sequence[Job], *, over: bool) -> tuple[Button, ...]:
    if not over:
        return (Button(_("Cancel"), GRID_CANCEL_ID.format(grid_id=grid.id), danger=True),)
    if grid.private:
        return ()
    shown = next((cell for cell in cells if cell.state is JobState.DONE), None)
    deleting = Button(_("Delete"), GRID_DELETE_ID.format(grid_id=grid.id), danger=True)
    if shown is None or grid.guild_id is None:
        return (deleting,)
    # A report of the sheet is kept with its first image.
    return deleting, Button(_("Report"), REPORT_ID.format(job_id=shown.id))


def _count(cells: Sequence[Job], state: JobState) -> int:
    return sum(cell.state is state for cell in cells)
