"""Errors in the words of whoever runs the servers: unlike a member he may see addresses and a node's own message."""

from __future__ import annotations

from bot.errors import (
    DarkroomError,
    Interrupted,
    LedgerNotCopied,
    LedgerNotUpgraded,
    Lost,
    NodeFailed,
    NoOutput,
    NotComfyUI,
    OutOfMemory,
    Refused,
    Unreachable,
)
from bot.messages import explain
from bot.workflows import Graph, Pack, node_title


def told(error: DarkroomError, pack: Pack | None) -> str:
    """What went wrong and what to do about it."""
    graph: Graph = pack.graph if pack is not None else {}
    match error:
        case NotComfyUI(url=url, reason=reason, advice=advice):
            return f"{url}: {reason} {advice}"
        case Unreachable(url=url, reason=reason):
            return (
                f"{url} does not answer as a ComfyUI does: {reason}. Is that its address (COMFYUI_URLS)? Does it run?"
            )
        case OutOfMemory(node_id=node_id):
            title = node_title(graph, node_id)
            return f"The server ran out of memory in “{title}”. Try a smaller picture or fewer at once."
        case NodeFailed(node_id=node_id, exception_type=kind, message=message):
            return f"“{node_title(graph, node_id)}” failed on the server: {kind}: {message}"
        case Refused():
            return f"The server, or a proxy before it, did not do it: {error}."
        case Interrupted():
            return "Somebody stopped it on the server."
        case Lost():
            return "The server restarted, or somebody deleted the job there. Run it again."
        case NoOutput():
            return "The workflow ended without making anything."
        case _:
            return plain(explain(error, pack))


def why_not_upgraded(error: LedgerNotCopied | LedgerNotUpgraded) -> str:
    """Why the database still has the tables of an older version, and what to do about it."""
    if isinstance(error, LedgerNotCopied):
        return (
            f"The database {error.ledger} is of an older version. It was not upgraded, because no copy of it could be "
            f"made before: {error.copy}: {error.reason}. Make room there, or let the bot's user write there, and start "
            "again."
        )
    if error.found is None:
        return f"The database's tables could not be made: {error.reason}. May the user in DATABASE_URL make tables?"
    kept = f" A copy of it is {error.copy}." if error.copy is not None else ""
    return (
        f"The upgrade of the database from {error.found} to {error.wanted} failed: {error.reason}. It is as it was "
        f"before, and the version that you had works with it.{kept} LOG_LEVEL=DEBUG tells more about the failure."
    )


def plain(text: str) -> str:
    """Words that were written for Discord, without its marks."""
    return text.replace("**", "").replace("`", "")
