"""The environments of the programs that the bot starts, from its own."""

from collections.abc import Collection, Mapping
from typing import Final

_PASSED_ON: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"),
    # Windows: without these a program finds neither its libraries nor its folders nor other programs.
    *("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "COMSPEC"),
)
_OF_OUR_PYTHON: Final = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")


def of_operator(environment: Mapping[str, str], settings: Collection[str]) -> dict[str, str]:
    """For the operator's own programs, ComfyUI among them, without the `settings`. They run other people's code, which
    must not see the token or the database. And they have a Python of their own, which they would not find if the
    variables that point at ours were set.
    """
    return {name: value for name, value in environment.items() if name not in {*settings, *_OF_OUR_PYTHON}}


def of_any_program(environment: Mapping[str, str]) -> dict[str, str]:
    """For programs that are not ours: what any program needs, and no tokens."""
    return {name: environment[name] for name in _PASSED_ON if name in environment}
