"""A style's share of a request: it frames the texts, and fills what the member left open. Pure.

What the workflow or its servers don't have is skipped: a style never keeps a request from running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_ui.requests.chosen_pack import find_pack
from bot.discord_ui.requests.imagine.values import fit_values, options_in
from bot.messages import shown_prompt
from bot.translation import _
from bot.workflows import LORAS, Library, Pack, Parameter, taking_prompt
from bot.workflows.graphs.parameters import check_value
from bot.workflows.library.meanings import parameter_for
from bot.workflows.styles.style import STYLE, Style, styled

_OPTIONS: Final = ("model", "lora", "size", "steps", "guidance")
"""Settings that go to a parameter. The size comes after the model: it depends on it."""


def apply_style(pack: Pack, values: Mapping[str, object], style: Style, library: Library) -> dict[str, object]:
    """The values with the style in them. A member's own settings win; their LoRAs and the style's add up.

    The style's LoRAs are those that `with_usable_loras` leaves.
    """
    filled = {name: value for name, value in values.items() if name != STYLE}
    filled["prompt"] = styled(style.prompt, str(filled.get("prompt") or ""))
    negative = parameter_for(pack, "negative")
    if style.negative and negative is not None:
        filled[negative.name] = styled(style.negative, _text(pack, negative, filled))
    for option in (option for option in _OPTIONS if option in style.settings):
        (_add_loras if option == "lora" else _fill)(filled, _fitting(pack, option, style, filled, library))
    return filled


def style_faults(style: Style, packs: Sequence[Pack], library: Library) -> list[str]:
    """Which of the style's settings no workflow can use, in sentences. `packs` are those that members can use."""
    takers = taking_prompt(packs)
    named, faults = [], []
    if style.workflow is not None:
        named = [one] if (one := find_pack(takers, style.workflow)) is not None else []
        if not named:
            unknown = _("There is no workflow called “{wanted}” that takes a prompt.")
            faults.append(unknown.format(wanted=shown_prompt(style.workflow, 80)))
    # Where no server can run a workflow, nobody knows what it would take.
    able = named or [pack for pack in takers if library.available(pack.name)] or takers
    for option in _OPTIONS:
        having = [pack for pack in able if option in options_in(pack)] or able
        refusals = [_refusal(pack, option, style, library) for pack in having]
        if option in style.settings and refusals and all(refusals):
            faults.append(refusals[0] or "")
    return faults


def _refusal(pack: Pack, option: str, style: Style, library: Library) -> str | None:
    given = {"prompt": "", option: style.settings[option]} if option in style.settings else {"prompt": ""}
    return fit_values(pack, given, library).refusal(pack)


def _fitting(
    pack: Pack, option: str, style: Style, filled: Mapping[str, object], library: Library
) -> Mapping[str, object]:
    """The values of one setting, by parameter; empty if the workflow can't use it."""
    given = {"prompt": "", option: style.settings[option]}
    model = parameter_for(pack, "model")
    if option == "size" and model is not None and model.name in filled:
        # The number of pixels depends on the model.
        given["model"] = filled[model.name]
    fitted = fit_values(pack, given, library)
    values = {name: value for name, value in fitted.values.items() if name != "prompt"}
    checked = (check_value(pack.offered[name], value) for name, value in values.items() if name in pack.offered)
    return {} if fitted.refusal(pack) is not None or any(checked) else values


def _fill(filled: dict[str, object], values: Mapping[str, object]) -> None:
    """Width and height belong together: with one of them given, the member chose a size."""
    if not any(name in filled for name in values if name in {"width", "height"}):
        filled |= {name: value for name, value in values.items() if name not in filled}


def _add_loras(filled: dict[str, object], values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if name != LORAS or name not in filled:
            filled.setdefault(name, value)
            continue
        filled[name] = f"{filled[name]}, {value}"


def _text(pack: Pack, parameter: Parameter, filled: Mapping[str, object]) -> str:
    """A text as the member gave it, else the workflow's own."""
    if parameter.name in filled:
        return str(filled[parameter.name])
    if parameter.default is not None:
        return str(parameter.default)
    target = parameter.targets[0]
    own = pack.graph[target.node_id]["inputs"].get(target.input_name)
    return own if isinstance(own, str) and parameter.template is None else ""
