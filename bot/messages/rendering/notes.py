"""Notes under a result: files that had to be changed to be sent, and outputs that are missing."""

from collections.abc import Iterable, Sequence

from bot.errors import NodeFault
from bot.messages.rendering.errors.error_wording import explain_fault
from bot.translation import N_, _, in_quotes, listed, ngettext, shown_number
from bot.workflows import Composite, Graph, Substitution, node_title

LOSSLESS = N_("Too large for Discord as PNG: sent as lossless WebP, with exactly the same pixels.")
SMALLER = N_("Too large for Discord: this is a smaller copy.")
SHORTER = N_("Too large for Discord: this is a smaller copy of the beginning.")
KEPT = N_("Discord refused the files. Open `/history` to get them.")
"""Shown if Discord refused the files at every size."""
KINDS = {
    "image": N_("image"),
    "video": N_("video"),
    "audio": N_("audio file"),
    "model": N_("3D model"),
    "text": N_("text"),
    "file": N_("file"),
}
"""Names for members of each kind of file."""
_NAME_SHOWN = 60
_NAMED = 3
"""How many skipped outputs are explained; the rest is only counted."""


def too_large(kind: str, size: int) -> str:
    """A file that is too large for Discord; `size` in bytes."""
    made = _("The {kind} is too large to send here ({size}). Try a smaller or shorter one.")
    return made.format(kind=_(KINDS[kind]), size=shown_size(size))


def zipped(count: int) -> str:
    """More files than a message can have attachments."""
    return ngettext("{count} more is in the zip, unchanged.", "{count} more are in the zip, unchanged.", count).format(
        count=count
    )


def too_many(count: int, size: int) -> str:
    """Files that did not even fit into the zip; `size` in bytes."""
    left_out = ngettext(
        "{count} more file was made ({size}), too much for one message. Try fewer at once.",
        "{count} more files were made ({size}), too much for one message. Try fewer at once.",
        count,
    )
    return left_out.format(count=count, size=shown_size(size))


def explain_composite(composite: Composite, *, succeeded: bool) -> tuple[str, ...]:
    """What to know about an image of which only a part was changed. `succeeded`: the new part is in the original."""
    if not succeeded:
        return (_("I couldn’t put the new part back into your image, so this is the image as the workflow made it."),)
    if composite.scaled:
        scaled = _("The image was scaled down from {before} to {after} first, to keep within the size limit.")
        return (scaled.format(before=composite.before, after=composite.inner),)
    return ()


def explain_withheld(count: int) -> tuple[str, ...]:
    """Files that the server made but did not deliver."""
    withheld = ngettext(
        "{count} more file was made, but I couldn’t get it from the image server.",
        "{count} more files were made, but I couldn’t get them from the image server.",
        count,
    )
    return (withheld.format(count=count),) if count else ()


def explain_skipped(faults: Iterable[NodeFault], graph: Graph) -> tuple[str, ...]:
    """One sentence for each output that the server skipped because of these faults, with the reason."""
    told = [_skipped(fault, graph) for fault in faults]
    more = len(told) - _NAMED
    return (*told[:_NAMED], *([_("… and {count} more like these.").format(count=more)] if more > 0 else []))


def _skipped(fault: NodeFault, graph: Graph) -> str:
    outputs: Sequence[str] = fault.outputs or (fault.node_id,)
    names = listed(in_quotes(node_title(graph, node_id)) for node_id in outputs[:_NAMED])
    return _("Skipped {names}: {reason}.").format(names=names, reason=explain_fault(fault, graph))


def explain_substituted(substitutions: Iterable[Substitution]) -> tuple[str, ...]:
    """One sentence for each model that the server does not have, with the one used instead."""
    told = _("`{wanted}` isn’t on the image server: `{taken}` was used instead.")
    return tuple(told.format(wanted=_file_name(one.wanted), taken=_file_name(one.taken)) for one in substitutions)


def _file_name(path: str) -> str:
    name = path.replace("\\", "/").rsplit("/", 1)[-1].replace("`", "")
    return name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…"


def shown_size(size: int) -> str:
    """A number of bytes as text for people."""
    if size >= 2**20:
        return _("{megabytes} MB").format(megabytes=shown_number(size / 2**20, 1))
    return _("{kilobytes} kB").format(kilobytes=max(1, round(size / 2**10)))
