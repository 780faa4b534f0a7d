"""Everything that a server said about a failure, for moderators: in lines that can be kept and shown."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.comfyui.protocol.answers import in_one_line
from bot.errors import DarkroomError, NodeFailed, NodeFault, Refused, Rejected, Unreachable

_LONGEST: Final = 20_000
"""Characters that are kept of a failure."""


def details_of(error: DarkroomError) -> Mapping[str, str] | None:
    """What the server said about this error, by what it is: node, exception, message and traceback. None if it said
    nothing.
    """
    match error:
        case NodeFailed():
            found = {
                "node": f"{error.class_type} {error.node_id}".strip(),
                "exception": error.exception_type,
                "message": error.whole_message or error.message,
                "traceback": error.traceback,
            }
        case Rejected():
            faults = "\n".join(_faults(error.node_faults))
            found = {"exception": error.type, "message": "\n".join(filter(None, (error.message, faults)))}
        case Refused() | Unreachable():
            found = {"exception": type(error).__name__, "message": in_one_line(error)}
        case _other:
            return None
    # The end of a traceback says most.
    return {name: text[-_LONGEST:] for name, text in found.items() if text}


def _faults(faults: tuple[NodeFault, ...]) -> Iterator[str]:
    for fault in faults:
        at = f"{fault.class_type} {fault.node_id}" + (f".{fault.input_name}" if fault.input_name else "")
        yield f"{at}: {': '.join(filter(None, (fault.type, fault.message, fault.details)))}"
