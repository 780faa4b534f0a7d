"""The faults of a workflow in the language of who uploaded it. Pure."""

from bot.errors import Fault
from bot.translation import _, shown_number


def fault_in_words(fault: str) -> str:
    """The fault in the current language. What is no `Fault` stays as it is."""
    if not isinstance(fault, Fault):
        return fault
    said = _(fault.text).format(**{name: _worded(value) for name, value in fault.values.items()})
    return said if not fault.longest or len(said) <= fault.longest else f"{said[: fault.longest]}…"


def _worded(value: object) -> object:
    match value:
        case str():
            return fault_in_words(value)
        case int():
            return shown_number(value)
        case _other:
            return value
