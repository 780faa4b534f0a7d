"""Errors in words for operators, who, unlike members, may see addresses and a node's own message."""

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
    Untraceable,
)
from bot.messages import explain
from bot.workflows import Graph, Pack, node_title


def told(error: DarkroomError, pack: Pack | None) -> str:
    """What went wrong and what to do about it."""
    graph: Graph = pack.graph if pack is not None else {}
    match error:
        case NotComfyUI(url=url, reason=reason, advice=advice):
            return f"{url}: {reason} {advice}"
        case Unreachable(url=url, reason=reason, answered=True):
            return f"{url} cannot be used: {reason.rstrip('.')}."
        case Untraceable():
            return f"Nobody can tell what happened to the job, so it was not sent again: {str(error).rstrip('.')}."
        case Unreachable(url=url, reason=reason):
            return (
                f"No answer from ComfyUI at {url}: {reason}. "
                "Check that it is running and that COMFYUI_URLS has its address."
            )
        case OutOfMemory(node_id=node_id):
            where = f" in “{node_title(graph, node_id)}”" if node_id else ""
            return f"The ComfyUI server ran out of memory{where}. Try a smaller image, or fewer at once."
        case NodeFailed(node_id=node_id, exception_type=kind, message=message):
            failed = f"“{node_title(graph, node_id)}”" if node_id else "The workflow"
            return f"{failed} failed on the ComfyUI server: {': '.join(filter(None, (kind, message)))}"
        case Refused():
            return f"A request to the ComfyUI server failed: {error}. Check its log, and any proxy in front of it."
        case Interrupted():
            return "Someone stopped the job on the ComfyUI server. Run it again."
        case Lost():
            return "The ComfyUI server no longer knows the job: it restarted, or someone deleted the job. Run it again."
        case NoOutput():
            return "The workflow finished but produced no output. Check that it saves or shows a result."
        case _:
            return plain(explain(error, pack))


def why_not_upgraded(error: LedgerNotCopied | LedgerNotUpgraded) -> str:
    """Why the database still has the tables of an older version, and what to do about it."""
    if isinstance(error, LedgerNotCopied):
        return (
            f"The database {error.ledger} is from an older version. It was not upgraded, because the backup "
            f"{error.copy} could not be written: {error.reason}. Free up space there, or let the bot's user write "
            "there, then start again."
        )
    if error.found is None:
        return f"The database tables could not be created: {error.reason}. Let the user in DATABASE_URL create tables."
    kept = f" A copy of it is in {error.copy}." if error.copy is not None else ""
    return (
        f"Upgrading the database from {error.found} to {error.wanted} failed: {error.reason}. The database is "
        f"unchanged, and your previous version still works with it.{kept} Start with LOG_LEVEL=DEBUG to see more."
    )


def plain(text: str) -> str:
    """A text that was written for Discord, without its Markdown."""
    return text.replace("**", "").replace("`", "")
