"""What a live server knows about an input sharpens the parameter that sets it."""

from typing import Any

import pytest

from bot.workflows import MAX_SEED, Graph, Parameter
from bot.workflows.graphs.parameters import Target
from bot.workflows.library.specs import sharpen
from tests.workflows.known import info_of

GRAPH: Graph = {"1": {"class_type": "Node", "inputs": {"x": 1, "y": 1}}}


def sharpened(*specs: Any, **given: Any) -> Parameter:  # noqa: ANN401 - what a server may say, and an author
    """A parameter that sets as many inputs as there are specs."""
    names = ("x", "y")[: len(specs)]
    info = info_of({"Node": {"input": {"required": dict(zip(names, specs, strict=True))}}})
    targets = tuple(Target("1", name) for name in names)
    return sharpen(Parameter("p", given.pop("type", "integer"), targets, **given), GRAPH, info)


def test_what_the_author_leaves_open_is_the_servers() -> None:
    found = sharpened(["INT", {"min": 16, "max": 4096, "step": 8}])
    assert (found.min, found.max, found.step) == (16, 4096, 8)


def test_the_author_may_allow_less_and_never_more() -> None:
    found = sharpened(["INT", {"min": 16, "max": 4096, "step": 8}], min=64, max=10_000, step=64)
    assert (found.min, found.max, found.step) == (64, 4096, 64)


def test_several_inputs_take_what_all_of_them_take() -> None:
    found = sharpened(["INT", {"min": 1, "max": 100}], ["INT", {"min": 5, "max": 50}])
    assert (found.min, found.max) == (5, 50)
    assert sharpened(["FLOAT", {}], ["INT", {}], type="number").type == "integer"


def test_a_whole_number_in_a_graph_may_be_a_fraction_at_the_server() -> None:
    found = sharpened(["FLOAT", {"min": 0.0, "max": 1.0, "step": 0.01}])
    assert (found.type, found.min, found.max, found.step) == ("number", 0.0, 1.0, None)


def test_a_seed_ends_where_discord_does() -> None:
    assert sharpened(["INT", {"min": 0, "max": 2**64 - 1}]).max == MAX_SEED


@pytest.mark.parametrize("spec", [[["a", "b"], {}], ["COMBO", {"options": ["a", "b"]}]])
def test_a_list_is_chosen_from_unless_the_author_gives_his_own(spec: list[Any]) -> None:
    assert sharpened(spec, type="string").server_choices
    own = sharpened(spec, type="string", choices=("a",))
    assert (own.server_choices, own.choices) == (False, ("a",))


def test_a_picture_to_upload_is_an_image() -> None:
    assert sharpened([["a.png"], {"image_upload": True}], type="string").type == "image"


def test_the_authors_image_stays_one() -> None:
    assert sharpened([["a.png"], {}], type="image").type == "image"


def test_with_a_template_the_author_knows_best() -> None:
    found = sharpened([["a", "b"], {}], type="string", template="{value}.x")
    assert not found.server_choices


def test_an_unknown_node_changes_nothing() -> None:
    parameter = Parameter("p", "integer", (Target("1", "x"),))
    assert sharpen(parameter, GRAPH, info_of({})) is parameter


@pytest.mark.parametrize("bound", ["1", None, True, [], float("inf"), float("nan")])
def test_a_bound_that_is_no_number_is_none(bound: object) -> None:
    found = sharpened(["INT", {"min": bound, "max": bound, "step": bound}])
    assert (found.min, found.max, found.step) == (None, None, None)
