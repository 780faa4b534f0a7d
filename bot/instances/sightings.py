"""Signs that another program uses the bot's token: Discord sends both every interaction, and takes the first answer."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_NAME: Final = "other_program.json"
_LOG_SECONDS: Final = 600.0
"""At most one log line in this time, and one call of `tell`, however many interactions are lost."""
GONE_SECONDS: Final = 3600.0
"""A program that has answered nothing for so long counts as stopped. On a quiet server signs are rare."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """When another program was first and last faster to answer an interaction, by this machine's clock."""

    since: float
    last: float

    def is_current(self) -> bool:
        """Whether the other program probably still runs."""
        return time.time() - self.last < GONE_SECONDS


class OtherProgram:
    """What this process has seen of another program with the same token. `folder`: where the doctor finds it.
    `tell` is called with the first sign, and then at most every ten minutes.
    """

    def __init__(self, folder: Path, tell: Callable[[Sighting], None] = lambda _: None) -> None:
        self._folder = folder
        self.tell = tell
        self._sighting = read_sighting(folder)
        self._logged_at = float("-inf")

    def seen(self) -> Sighting | None:
        """The sighting, as long as it is current."""
        return self._sighting if self._sighting is not None and self._sighting.is_current() else None

    def noticed(self) -> None:
        """Another program has answered an interaction that was sent to this process too."""
        known, now = self.seen(), time.time()
        self._sighting = Sighting(now if known is None else known.since, now)
        if time.monotonic() - self._logged_at >= _LOG_SECONDS:
            self._logged_at = time.monotonic()
            log.warning(
                "another program uses this bot's token, since %s UTC or earlier, and answers some of the "
                "members' commands. Stop it, or reset the token in the developer portal and set the new one here",
                time.strftime("%Y-%m-%d %H:%M", time.gmtime(self._sighting.since)),
            )
            self._write(self._sighting)
            self.tell(self._sighting)

    def _write(self, sighting: Sighting) -> None:
        new = self._folder / f"{_NAME}.new"
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(asdict(sighting), file)
            new.replace(self._folder / _NAME)
        except OSError as fault:
            log.info("could not write down that another program uses the token: %s", fault)


def read_sighting(folder: Path) -> Sighting | None:
    """What a process with this DATA_DIR has written down last; None if nothing."""
    try:
        found = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        return Sighting(float(found["since"]), float(found["last"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
