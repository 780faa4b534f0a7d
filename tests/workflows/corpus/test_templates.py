"""Of ComfyUI's own templates: how many can be added, and whether every option of theirs does something."""

import re
from pathlib import Path

from bot.errors import PackError
from bot.workflows.imports.editor_format import import_graph
from tests.workflows.corpus import Read, reached, read_all, templates, unknown_classes
from tests.workflows.known import known

PAGE = Path(__file__).parents[3] / "docs" / "templates.md"

KNOWN = 230
"""Templates of which a ComfyUI 0.33.0 knows every node."""
TAKEN = 228
"""Of these, those that can be added. This figure only ever rises."""


def dead(one: Read) -> list[str]:
    """The options of a template that set a node which a run does not need."""
    offered = frozenset(target.node_id for parameter in one.parameters.values() for target in parameter.targets)
    live = reached(one.graph, known(), offered)
    return [
        f"{one.name}: {name} sets {target.node_id}.{target.input_name}"
        for name, parameter in one.parameters.items()
        for target in parameter.targets
        if target.node_id not in live
    ]


def test_templates_can_be_added() -> None:
    found = read_all()
    assert len(found) == KNOWN
    assert sum(not one.faults for one in found) >= TAKEN


def test_what_is_refused_is_listed_with_its_reason() -> None:
    listed = dict(re.findall(r"^  - `([^`]+)`: (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {one.name: "; ".join(one.faults) for one in read_all() if one.faults}


def test_every_option_reaches_an_output() -> None:
    found = [one for one in read_all() if not one.faults]
    options = sum(len(one.parameters) for one in found)
    assert options > len(found)
    assert [fault for one in found for fault in dead(one)] == []


def test_an_unknown_node_is_named_as_such() -> None:
    for name, content, raw in templates():
        if unknown := unknown_classes(raw):
            try:
                import_graph(name, content, known())
            except PackError as fault:
                told = [one for one in fault.faults if one.startswith("the ComfyUI server does not have the node ")]
                assert {one.rpartition(" ")[2] for one in told} <= unknown
                assert told
