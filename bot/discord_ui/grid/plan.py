"""Turns what a member asked for into the jobs of all cells. Each is checked as a single request would be.

This happens twice: before the bot says what the grid counts as, and again after Start, because rules, roles and what
the image servers have may have changed in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.discord_internals import role_ids
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.access.rules import rules_for
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.grid.axes import MOST_CELLS, AxisValues, Kind, RandomSeeds, read_axis, too_many
from bot.discord_ui.grid.order import GridOrder
from bot.discord_ui.requests.attachments import announced_pixels, check_attachments
from bot.discord_ui.requests.chosen_pack import find_pack
from bot.discord_ui.requests.imagine.defaults import (
    drop_missing_style,
    fit_with_defaults,
    preferences_of,
    within,
)
from bot.discord_ui.requests.imagine.lora_words import add_words
from bot.discord_ui.requests.imagine.values import explain_other_files, options_in, out_of_reach, takes_style
from bot.discord_ui.requests.resolution import NO_DEFAULTS, Resolved, resolve, written_prompt
from bot.discord_ui.requests.styles.named_style import style_here
from bot.discord_ui.requests.submission import refused_entry, why_unusable
from bot.errors import BindError, PictureRefused
from bot.ledger import RuleBook
from bot.messages import explain, explain_problems
from bot.moderation.admission import Admitted, Order, admit
from bot.moderation.caps import within_caps
from bot.translation import N_, _
from bot.workflows import Effort, Pack, bind, complete, effort, picture_of, random_seed
from bot.workflows.graphs.parameters import ParameterType
from bot.workflows.library.meanings import parameter_for
from bot.workflows.manifests.pack import own_value
from bot.workflows.prompts.trailing_options import peel_options
from bot.workflows.styles.style import NO_STYLE, STYLE, means_no_style

_NO_AXES: Final = frozenset({"prompt", "count", "image"})
_GONE: Final = N_("That workflow is no longer available. `/workflows` lists the ones you can use.")
_NUMBERS: Final = frozenset({"seed", "steps", "guidance", "strength"})
_KINDS: Final[Mapping[ParameterType, Kind]] = {"integer": "number", "number": "number", "boolean": "truth"}
_PLACEHOLDER: Final = "attached"
_MOST_ACROSS: Final = 6
"""A longer axis runs from top to bottom, whichever the member chose: the cells would be too small for a phone."""


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One cell. `given` is what its `values` come from, if that differs."""

    values: dict[str, object]
    given: dict[str, object] | None
    work: Effort
    admitted: Admitted


@dataclass(frozen=True, slots=True)
class GridPlan:
    """A grid that is allowed, except for limits. `images` counts what comes out of all cells; `attached` are the files
    that all of them start from, by parameter; `notes` is what the member should know.
    """

    pack: Pack
    cells: tuple[PlannedCell, ...]
    images: int
    attached: Mapping[str, discord.Attachment]
    notes: tuple[str, ...]


def axis_options(pack: Pack) -> dict[str, Kind]:
    """The options that can change along an axis -> what their values are."""
    options = (option for option in options_in(pack) if option not in _NO_AXES)
    found: dict[str, Kind] = {option: "number" if option in _NUMBERS else "text" for option in options}
    if takes_style(pack):
        found[STYLE] = "text"
    for one in out_of_reach(pack):
        if not one.takes_file and one.name not in found:
            found[one.name] = _KINDS.get(one.type, "text")
    return found


def read_axes(pack: Pack, prompt: str, *texts: str | None) -> tuple[AxisValues, ...] | str:
    """The axes that a member wrote, or what to tell them."""
    axes: list[AxisValues] = []
    for text in filter(None, texts):
        found = read_axis(text, prompt, axis_options(pack))
        if isinstance(found, str):
            return found
        axes.append(_drawn(pack, found) if isinstance(found, RandomSeeds) else found)
    if len({(axis.option, axis.written) for axis in axes}) < len(axes):
        return _("Both axes change the same thing. Choose another option for `y`, or leave it empty.")
    if len(axes) > 1 and len(axes[0].values) > max(_MOST_ACROSS, len(axes[1].values)):
        axes.reverse()
    sizes = [len(axis.values) for axis in axes]
    count = sizes[0] * (sizes[1] if len(sizes) > 1 else 1)
    if count > MOST_CELLS:
        return too_many(count, " × ".join(map(str, sizes)))
    if count == 1:
        return _("That’s a single image. Give the axis at least two values, or use `/imagine`.")
    return tuple(axes)


def _drawn(pack: Pack, seeds: RandomSeeds) -> AxisValues:
    parameter = parameter_for(pack, "seed")
    drawn: dict[int, None] = {}
    # A parameter may take fewer different seeds than were asked for.
    for _try in range(100 * seeds.count):
        if len(drawn) == seeds.count:
            break
        drawn[random_seed(parameter)] = None
    return AxisValues("seed", tuple(drawn), tuple(map(str, drawn)))


async def plan_grid(interaction: discord.Interaction[Darkroom], order: GridOrder) -> GridPlan | str:
    """The jobs of all cells, or what to tell the member about the first one that cannot be. Raises `LedgerAway`."""
    bot, requester = interaction.client, Requester.of(interaction)
    pack = find_pack(bot.library.visible(interaction.guild_id), order.workflow)
    if pack is None:
        return _(_GONE)
    if (refusal := why_unusable(requester, pack) or explain_other_files(pack)) is not None:
        return refusal
    book = await rules_for(bot, interaction.guild_id, interaction.user.id)
    start = picture_of(pack)
    if order.image is not None and start is None:
        return _("“{title}” doesn’t take an image. Leave `image` empty.").format(title=pack.title)
    attached = {} if order.image is None or start is None else {start.name: order.image}
    cells: list[PlannedCell] = []
    unused = _("`{option}` changes from image to image, so I don’t use the value you gave for it.")
    notes = {unused.format(option=axis.option): None for axis in order.axes if axis.option in order.options}
    for options in order.cells():
        resolved = await _resolved(interaction, pack, order, options, notes)
        if isinstance(resolved, str):
            return resolved
        cell = _planned(requester, pack, resolved, attached, book, private=order.private)
        if isinstance(cell, str):
            return cell
        cells.append(cell)
        # Each takes some milliseconds of the event loop, which others need as well.
        await asyncio.sleep(0)
    return GridPlan(pack, tuple(cells), sum(cell.work.pictures for cell in cells), attached, tuple(notes))


async def _resolved(
    interaction: discord.Interaction[Darkroom],
    pack: Pack,
    order: GridOrder,
    options: dict[str, object],
    notes: dict[str, None],
) -> Resolved | str:
    bot = interaction.client
    style = options.pop(STYLE, None)
    # Each cell is one image, whatever a member's default says.
    preferences = replace(await preferences_of(interaction), count=None)
    packs = bot.library.visible(interaction.guild_id)
    fitted, defaults, unused = fit_with_defaults(pack, options, preferences, bot.library, packs)
    await add_words(fitted, bot.ledger)
    if (refusal := fitted.refusal(pack)) is not None:
        return refusal
    if style is not None:
        found = None if means_no_style(style) else await style_here(interaction, str(style))
        if isinstance(found, str):
            return found
        fitted.values[STYLE] = NO_STYLE if found is None else found.name
        defaults.pop(STYLE, None)
    unused += await drop_missing_style(interaction, defaults)
    notes.update(dict.fromkeys(unused))
    parameter, count = parameter_for(pack, "seed"), parameter_for(pack, "count")
    written = {flag.option for flag in peel_options(str(options["prompt"])).counting}
    if count is not None and "count" not in written and own_value(pack, count) != (one := within(pack, 1)):
        # Nor whatever the workflow does by itself: the sheet shows one image of each cell.
        fitted.values.setdefault(count.name, one)
    if "seed" not in written:
        # Without a parameter of the workflow's own, the seed still decides what is drawn in the prompt.
        fitted.values.setdefault("seed" if parameter is None else parameter.name, order.seed)
    return await resolve(Requester.of(interaction), pack, fitted.values, defaults)


def _planned(
    requester: Requester,
    pack: Pack,
    resolved: Resolved,
    attached: Mapping[str, discord.Attachment],
    book: RuleBook,
    *,
    private: bool,
) -> PlannedCell | str:
    caps = requester.client.settings.caps
    try:
        values = {**resolved.values, **dict.fromkeys(attached, _PLACEHOLDER)}
        filled = complete(pack, values, requester.client.library.distinct_infos)
        filled = within_caps(pack, filled, values, NO_DEFAULTS, caps)
        check_attachments(pack, attached)
    except BindError as fault:
        return explain_problems(fault.problems, pack)
    except PictureRefused as fault:
        return explain(fault)
    work = effort(bind(pack, filled), {_PLACEHOLDER: max(announced_pixels(attached).values(), default=0)})
    member, written = requester.user, written_prompt(resolved)
    asked = Order(member.id, role_ids(member), requester.channel_ids, pack, filled, work, written)
    verdict = admit(book, asked, caps)
    if isinstance(verdict, Admitted):
        return PlannedCell(filled, resolved.given, work, verdict)
    if requester.guild_id is not None:
        requester.client.moderators_log.note(refused_entry(requester, verdict, filled, private=private))
    return verdict.said
