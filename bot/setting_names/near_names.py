"""Names in the environment that look like one of our settings but aren't: they would be ignored silently."""

import difflib
from collections.abc import Iterable
from typing import Final

_NEAR: Final = 0.85
"""From 0 to 1 (difflib). COMFYUI_URL and DISCORD_BOT_TOKEN are nearer to ours, HTTP_PROXY and XDG_DATA_DIRS are not."""


def explain_unknown(environment: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """A sentence for the operator about each name that is near to a known one. All others belong to somebody else."""
    names = {_plain(name): name for name in known}
    ours = frozenset(names.values())
    near = {name: difflib.get_close_matches(_plain(name), names, 1, _NEAR) for name in environment if name not in ours}
    return tuple(
        f"{name} is not a setting, so it is ignored. Did you mean {names[found[0]]}?"
        for name, found in near.items()
        if found
    )


def _plain(name: str) -> str:
    return name.upper().replace("-", "_")
