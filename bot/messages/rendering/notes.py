"""Notes under a result: what could not be delivered as it was made, and what was not made at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.errors import NodeFault
from bot.messages.rendering.error_wording import explain_fault
from bot.translation import N_, _, ngettext
from bot.workflows import Graph, Substitution, node_title

LOSSLESS = N_("Too large for Discord as PNG: sent as lossless WebP, with exactly the same pixels.")
SMALLER = N_("Too large for Discord: this is a smaller copy.")
SHORTER = N_("Too large for Discord: this is a smaller copy of the beginning.")
KEPT = N_("Discord refused the files. Open `/history` to get them.")
"""Instead of files that were not taken at any size."""
KINDS = {
    "image": N_("image"),
    "video": N_("video"),
    "audio": N_("audio file"),
    "model": N_("3D model"),
    "text": N_("text"),
    "file": N_("file"),
}
"""What members call each kind of file."""
_NAME_SHOWN = 60
_NAMED = 3
"""So many skipped outputs are explained; the rest is counted."""


def too_large(kind: str, size: int) -> str:
    """A file that Discord does not take; `size` in bytes."""
    made = _("The {kind} is too large to send here ({size}). Try a smaller or shorter one.")
    return made.format(kind=_(KINDS[kind]), size=shown_size(size))


def zipped(count: int) -> str:
    """More files than a message can carry."""
    return ngettext("{count} more is in the zip, unchanged.", "{count} more are in the zip, unchanged.", count).format(
        count=count
    )


def too_many(count: int, size: int) -> str:
    """Files that did not even fit into the zip."""
    left_out = ngettext(
        "{count} more file was made ({size}), too much for one message. Try fewer at once.",
        "{count} more files were made ({size}), too much for one message. Try fewer at once.",
        count,
    )
    return left_out.format(count=count, size=shown_size(size))


def explain_withheld(count: int) -> tuple[str, ...]:
    """Files that were made, and that the server does not hand over."""
    withheld = ngettext(
        "{count} file was made that the image server didn’t hand over.",
        "{count} files were made that the image server didn’t hand over.",
        count,
    )
    return (withheld.format(count=count),) if count else ()


def explain_skipped(faults: Iterable[NodeFault], graph: Graph) -> tuple[str, ...]:
    """Outputs that the server left out of a run because of these faults, and why, a sentence each."""
    told = [_skipped(fault, graph) for fault in faults]
    more = len(told) - _NAMED
    return (*told[:_NAMED], *([_("… and {count} more like these.").format(count=more)] if more > 0 else []))


def _skipped(fault: NodeFault, graph: Graph) -> str:
    outputs: Sequence[str] = fault.outputs or (fault.node_id,)
    names = ", ".join(f"“{node_title(graph, node_id)}”" for node_id in outputs[:_NAMED])
    return _("Skipped {names}: {reason}.").format(names=names, reason=explain_fault(fault, graph))


def explain_substituted(substitutions: Iterable[Substitution]) -> tuple[str, ...]:
    """What the server does not have, and what was used instead, a sentence each."""
    told = _("`{wanted}` isn’t on the image server: `{taken}` was used instead.")
    return tuple(told.format(wanted=_file_name(one.wanted), taken=_file_name(one.taken)) for one in substitutions)


def _file_name(path: str) -> str:
    name = path.replace("\\", "/").rsplit("/", 1)[-1].replace("`", "")
    return name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…"


def shown_size(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} kB"
