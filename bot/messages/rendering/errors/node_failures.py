"""What a member reads when a node fails: what to do, chosen by the kind of failure. Never contains any text of the
exception itself.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.errors import FailureKind, NodeFailed, OutOfMemory
from bot.translation import N_, _, in_quotes
from bot.workflows import Graph, node_title

_OUT_OF_MEMORY: Final = N_("The image server ran out of memory. Try a smaller image or fewer at once.")
_OUT_OF_MEMORY_IN: Final = N_("The image server ran out of memory in “{title}”. Try a smaller image or fewer at once.")
_OTHER: Final = N_("The workflow failed on the image server. Try again, or tell a moderator.")
_OTHER_IN: Final = N_("The workflow failed in “{title}” on the image server. Try again, or tell a moderator.")
_BY_KIND: Final[Mapping[FailureKind, str]] = {
    FailureKind.TOO_LARGE: N_(
        "This is too large for the image server’s GPU{node}. Try a smaller image or fewer at once."
    ),
    FailureKind.TOO_SLOW: N_(
        "This took longer than the image server allows{node}. Try a smaller image, fewer steps or fewer at once."
    ),
    FailureKind.DAMAGED_MODEL: N_(
        "A model file of this workflow seems to be damaged{node}. Pick another model, or ask the people who run this "
        "bot to download it again."
    ),
    FailureKind.MISSING_MODEL: N_(
        "A model file of this workflow is missing on the image server{node}. Pick another model, or ask the people "
        "who run this bot to install it."
    ),
    FailureKind.MISMATCHED_MODELS: N_(
        "The models of this workflow don’t fit together{node}. Pick another model or LoRA, or tell the people who run "
        "this bot."
    ),
    FailureKind.MISSING_PACKAGE: N_(
        "The image server lacks software that this workflow needs{node}. Ask the people who run this bot to install it."
    ),
    FailureKind.GPU_FAULT: N_(
        "The image server’s GPU reported a fault{node}. Ask the people who run this bot to restart ComfyUI."
    ),
    FailureKind.DISK_FULL: N_(
        "The image server’s disk is full{node}. Ask the people who run this bot to free some space."
    ),
    FailureKind.NO_SERVICE: N_(
        "The image server couldn’t reach a service that this workflow uses{node}. Try again in a while; if it keeps "
        "failing, tell the people who run this bot."
    ),
    FailureKind.NO_ACCOUNT: N_(
        "This workflow uses a paid service{node}, which needs a login or credits. Tell the people who run this bot."
    ),
}


def explain_node_failure(error: NodeFailed, graph: Graph) -> str:
    """What went wrong in `graph` and what to do about it, in one or two sentences."""
    title = _title(graph, error.node_id)
    if isinstance(error, OutOfMemory):
        return _(_OUT_OF_MEMORY_IN if title else _OUT_OF_MEMORY).format(title=title)
    words = _BY_KIND.get(error.kind, _OTHER_IN if title else _OTHER)
    return _(words).format(title=title, node=f" ({in_quotes(title)})" if title else "")


def _title(graph: Graph, node_id: str) -> str:
    """The title of the node, or of the node it was expanded from: nodes that expand during a run create nodes with
    longer ids. Empty for an id that is not from `graph`, since the server could have made up anything.
    """
    own = node_id if node_id in graph else re.split(r"[.:]", node_id, maxsplit=1)[0]
    return node_title(graph, own) if own in graph else ""
