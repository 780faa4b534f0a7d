"""The database."""

from __future__ import annotations

from bot.errors.root import DarkroomError


class LedgerAway(DarkroomError):  # noqa: N818
    """The database is locked, full, gone or does not answer. Nothing was written."""


class LedgerTooNew(DarkroomError):  # noqa: N818
    """The database was upgraded by a newer Darkroom, to a `revision` that this one does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision


class LedgerNotCopied(DarkroomError):  # noqa: N818
    """An older `ledger` (a path) could not be copied to the path `copy`, for this `reason`: it was not upgraded."""

    def __init__(self, ledger: str, copy: str, reason: str) -> None:
        super().__init__(f"{copy}: {reason}")
        self.ledger = ledger
        self.copy = copy
        self.reason = reason


class LedgerNotUpgraded(DarkroomError):  # noqa: N818
    """The upgrade of the database to the revision `wanted` failed; its tables are those of `found`, as they were.

    `found` None: it had none. `copy` is the path of what was copied before; None: nothing was.
    """

    def __init__(self, found: str | None, wanted: str, reason: str, copy: str | None) -> None:
        super().__init__(f"{found} to {wanted}: {reason}")
        self.found = found
        self.wanted = wanted
        self.reason = reason
        self.copy = copy
