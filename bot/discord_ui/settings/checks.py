"""Which of the settings that a member gives can be kept, checked as `/imagine` would check them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.discord_ui.requests.chosen_pack import explain_no_pack, find_pack
from bot.discord_ui.requests.imagine.defaults import FITTED, problem_with
from bot.discord_ui.requests.imagine.sizes import ShapedSide
from bot.discord_ui.requests.imagine.values import fit_values, options_in
from bot.ledger import Preferences
from bot.messages import shown_prompt
from bot.moderation.caps import over_count, over_size
from bot.settings import Caps
from bot.translation import N_, _
from bot.workflows import Library, Pack, default_of, taking_prompt
from bot.workflows.library.meanings import parameter_for

_NO_OPTION: Final = N_("No workflow here has the option `{option}`.")
_NO_NUMBER: Final = N_("`count` should be a whole number, not “{typed}”.")


@dataclass(slots=True)
class Checked:
    """Fields of `Preferences` to change (None: reset), and what to tell the member about those that can't be kept."""

    changes: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def check_settings(
    given: Mapping[str, object], preferences: Preferences, packs: Sequence[Pack], library: Library, caps: Caps
) -> Checked:
    """Check what a member gave by the names of `Preferences`; None or an empty text resets one. Nothing is kept that
    is over one of the operator's `caps`.
    """
    cleaned = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    checked = Checked({name: None for name, value in cleaned.items() if value in {None, ""}})
    wanted = {name: value for name, value in cleaned.items() if name not in checked.changes}
    if "workflow" in wanted:
        pack = find_pack(packs, str(wanted.pop("workflow")))
        if pack is None:
            checked.problems.append(explain_no_pack(packs, str(cleaned["workflow"])))
        else:
            checked.changes["workflow"] = pack.name
    able = [pack for pack in packs if library.available(pack.name)]
    candidates = _candidates(able or packs, checked.changes.get("workflow", preferences.workflow))
    for option in FITTED:
        if option in wanted:
            _check_option(checked, option, wanted.pop(option), candidates, library, caps)
    checked.changes |= wanted
    return checked


def _candidates(packs: Sequence[Pack], workflow: object) -> list[Pack]:
    """The workflows that may take a default, the member's usual one first."""
    usual = (find_pack(packs, workflow) if isinstance(workflow, str) else None) or default_of(packs)
    return [*([] if usual is None else [usual]), *(pack for pack in taking_prompt(packs) if pack is not usual)]


def _check_option(
    checked: Checked, option: str, typed: object, candidates: Sequence[Pack], library: Library, caps: Caps
) -> None:
    """Keep a default if any workflow can take it, because a member may use several."""
    value = typed
    if option == "count" and isinstance(typed, str):
        if not typed.isdecimal():
            checked.problems.append(_(_NO_NUMBER).format(typed=shown_prompt(typed, 40)))
            return
        value = int(typed)
    problems = []
    for pack in candidates:
        if option not in options_in(pack):
            continue
        problem = problem_with(pack, option, value, library) or _over_cap(pack, option, value, library, caps)
        if problem is None:
            checked.changes[option] = _whole_name(pack, str(value), library) if option == "model" else value
            return
        problems.append(problem)
    checked.problems.append(problems[0] if problems else _(_NO_OPTION).format(option=option))


def _over_cap(pack: Pack, option: str, value: object, library: Library, caps: Caps) -> str | None:
    """Why a default is over a cap. A shape never is: it becomes as large as the cap allows."""
    if option == "count" and caps.pictures is not None and isinstance(value, int) and value > caps.pictures:
        return over_count(caps.pictures)
    if option != "size" or caps.pixels is None:
        return None
    sides = [fit_values(pack, {"prompt": "", "size": value}, library).values[name] for name in ("width", "height")]
    pixels = math.prod(side for side in sides if isinstance(side, int) and not isinstance(side, ShapedSide))
    return over_size(caps.pixels) if pixels > caps.pixels else None


def _whole_name(pack: Pack, model: str, library: Library) -> object:
    parameter = parameter_for(pack, "model")
    values = fit_values(pack, {"prompt": "", "model": model}, library).values
    return model if parameter is None else values[parameter.name]
