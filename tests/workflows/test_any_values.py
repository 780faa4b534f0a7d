"""Binding any values to the packs that ship: only their targets change, and nothing raises what it should not."""

import contextlib
import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BindError
from bot.workflows import Pack, Parameter, bind
from bot.workflows.manifests.pack import load_packs
from tests.workflows.samples import changes

SHIPPED = tuple(load_packs(Path(__file__).parents[2] / "workflows")[0].values())

BEFORE = {pack.name: copy.deepcopy(pack) for pack in SHIPPED}


def fitting(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that fit a parameter."""
    if parameter.choices is not None:
        return st.sampled_from(parameter.choices)
    low = int(parameter.min) if parameter.min is not None else None
    high = int(parameter.max) if parameter.max is not None else None
    match parameter.type:
        case "integer":
            step = int(parameter.step or 1)
            return st.integers(low, high).map(lambda value: value - (value - (low or 0)) % step)
        case "number":
            return st.floats(parameter.min, parameter.max, allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "string" | "image" | "video" | "audio":
            return st.text(min_size=1).filter(lambda text: bool(text.strip()))


@st.composite
def orders(draw: st.DrawFn) -> tuple[Pack, dict[str, Any]]:
    """A shipped pack and values for some of its parameters, the required ones among them."""
    pack = draw(st.sampled_from(SHIPPED))
    required = {name: fitting(parameter) for name, parameter in pack.parameters.items() if parameter.required}
    others = {name: fitting(parameter) for name, parameter in pack.parameters.items() if not parameter.required}
    return pack, draw(st.fixed_dictionaries(required, optional=others))


@given(orders())
def test_binding_changes_the_targets_of_the_given_values_and_nothing_else(order: tuple[Pack, dict[str, Any]]) -> None:
    pack, values = order
    graph = bind(pack, values)
    allowed = {
        (target.node_id, target.input_name)
        for name, parameter in pack.parameters.items()
        if name in values or parameter.default is not None
        for target in parameter.targets
    }
    assert changes(pack.graph, graph).keys() <= allowed
    assert pack == BEFORE[pack.name]


@given(orders())
def test_binding_twice_is_binding_once(order: tuple[Pack, dict[str, Any]]) -> None:
    pack, values = order
    once = bind(pack, values)
    assert bind(pack, values) == once
    assert bind(replace(pack, graph=once), values) == once


@given(
    st.sampled_from(SHIPPED),
    st.dictionaries(
        st.sampled_from(["prompt", "seed", "count", "checkpoint", "x"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
    ),
)
def test_no_value_is_an_error_of_another_kind(pack: Pack, values: dict[str, Any]) -> None:
    with contextlib.suppress(BindError):
        bind(pack, values)
