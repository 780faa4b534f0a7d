"""The texts that a person writes, behind what an encoder is fed with: past templates, switches and rewriting. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.workflows.graphs.graph import node_title
from bot.workflows.graphs.parameters import Target
from bot.workflows.graphs.reroutes import FARTHEST, Wired, as_link, source

_HOLDING: Final = ("value", "prompt", "source", "any", "anything", "input")
"""What a node that passes a text on calls it, beside names that begin with string or text."""
_NOT_THEIRS: Final = re.compile(r"system|template|trigger|instruct|negative|\bmeta|prefix|suffix", re.IGNORECASE)
"""In the title of a text that its author wrote for a model, and not a person."""
_THEIRS: Final = re.compile(r"prompt|user|positive", re.IGNORECASE)


@dataclass(slots=True)
class _Found:
    """`around` are texts that only stand around what a person writes: they count where there is nothing else."""

    texts: list[Target] = field(default_factory=list)
    around: list[Target] = field(default_factory=list)

    def add(self, other: _Found) -> None:
        self.texts += other.texts
        self.around += other.around


def written_texts(graph: Wired, starts: Iterable[Target]) -> tuple[Target, ...]:
    """The texts that a person would change, of all that these inputs are put together from."""
    found = _Found()
    seen: set[Target] = set()
    for start in starts:
        found.add(_behind(graph, start, seen))
    texts = list(dict.fromkeys(found.texts)) or list(dict.fromkeys(found.around))
    named = [one for one in texts if graph[one.node_id]["class_type"] != node_title(graph, one.node_id)]
    for theirs in (False, True) if named else ():
        wanted = _THEIRS if theirs else _NOT_THEIRS
        fitting = [one for one in texts if bool(wanted.search(node_title(graph, one.node_id))) is theirs]
        texts = fitting or texts
    return tuple(texts)


def _behind(graph: Wired, here: Target, seen: set[Target]) -> _Found:
    found = _Found()
    value = graph[here.node_id]["inputs"].get(here.input_name)
    if here in seen or len(seen) > FARTHEST:
        return found
    seen.add(here)
    if isinstance(value, str):
        found.texts.append(here)
    elif (link := source(graph, value)) is not None:
        found.add(_through(graph, link[0], here.input_name, seen))
    return found


def _through(graph: Wired, node_id: str, wanted: str, seen: set[Target]) -> _Found:
    """What a person writes of the texts that a node makes one of."""
    inputs = graph[node_id]["inputs"]
    names = [name for name in inputs if name in _HOLDING or name == wanted or name.startswith(("string", "text"))]
    template = "find" in inputs and as_link(inputs.get("replace")) is not None
    if template:
        names.append("replace")  # what is put into the text that the node holds
    linked = [name for name in names if as_link(inputs[name])]
    found = _Found()
    for name in linked:
        found.add(_behind(graph, Target(node_id, name), seen))
    own = [Target(node_id, name) for name in names if isinstance(value := inputs[name], str) and value.strip()]
    (found.around if found.texts or template else found.texts).extend(own)
    return found
