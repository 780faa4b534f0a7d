"""Notes under a result: what could not be delivered as it was made, and what was not made at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.errors import NodeFault
from bot.messages.rendering.error_wording import explain_fault
from bot.workflows import Graph, Substitution, node_title

LOSSLESS = "Too large for Discord as PNG: sent as lossless WebP, the very same pixels."
SMALLER = "Too large for Discord here: this is a smaller copy."
SHORTER = "Too large for Discord here: this is a smaller copy of the beginning."
KEPT = "Discord refused the files. Open `/history` to get them."
"""Instead of files that were not taken at any size."""
_NAME_SHOWN = 60
_NAMED = 3
"""So many skipped outputs are explained; the rest is counted."""


def too_large(kind: str, size: int) -> str:
    """A file that Discord does not take; `size` in bytes."""
    return f"A {kind} of {shown_size(size)} was made, but it is too large to send here. Try a smaller or shorter one."


def zipped(count: int) -> str:
    """More files than a message can carry."""
    return f"{count} more are in the zip, unchanged."


def too_many(count: int, size: int) -> str:
    """Files that did not even fit into the zip."""
    what = "1 more file was" if count == 1 else f"{count} more files were"
    return f"{what} made ({shown_size(size)}), too much for one message. Try fewer at once."


def explain_withheld(count: int) -> tuple[str, ...]:
    """Files that were made, and that the server does not hand over."""
    what = "1 file was" if count == 1 else f"{count} files were"
    return (f"{what} made that the image server didn't hand over.",) if count else ()


def explain_skipped(faults: Iterable[NodeFault], graph: Graph) -> tuple[str, ...]:
    """Outputs that the server left out of a run because of these faults, and why, a sentence each."""
    told = [_skipped(fault, graph) for fault in faults]
    more = len(told) - _NAMED
    return (*told[:_NAMED], *([f"… and {more} more faults of this kind."] if more > 0 else []))


def _skipped(fault: NodeFault, graph: Graph) -> str:
    outputs: Sequence[str] = fault.outputs or (fault.node_id,)
    names = " and ".join(f"“{node_title(graph, node_id)}”" for node_id in outputs[:_NAMED])
    return f"Skipped {names}: {explain_fault(fault, graph)}."


def explain_substituted(substitutions: Iterable[Substitution]) -> tuple[str, ...]:
    """What the server does not have, and what was used instead, a sentence each."""
    return tuple(
        f"`{_file_name(one.wanted)}` isn’t on the image server: `{_file_name(one.taken)}` was used instead."
        for one in substitutions
    )


def _file_name(path: str) -> str:
    name = path.replace("\\", "/").rsplit("/", 1)[-1].replace("`", "")
    return name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…"


def shown_size(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} kB"
