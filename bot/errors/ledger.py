"""Errors of the database."""

from bot.errors.root import DarkroomError


class LedgerAway(DarkroomError):  # noqa: N818
    """The database is locked, full, missing or not answering. Nothing was written."""


class LinkUsed(DarkroomError):  # noqa: N818
    """A job was accepted through this link before, and each is good for one."""


class LedgerTooNew(DarkroomError):  # noqa: N818
    """A newer Darkroom has upgraded the database to a `revision` that this one does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision


class LedgerNotCopied(DarkroomError):  # noqa: N818
    """The older database `ledger` (a path) was not upgraded, because it could not be copied to the path `copy`."""

    def __init__(self, ledger: str, copy: str, reason: str) -> None:
        super().__init__(f"{copy}: {reason}")
        self.ledger = ledger
        self.copy = copy
        self.reason = reason


class LedgerNotUpgraded(DarkroomError):  # noqa: N818
    """Upgrading the database to the revision `wanted` failed. Its tables are still those of the revision `found`.

    `found` None: the database was empty. `copy` is the path of the backup; None: there is none.
    """

    def __init__(self, found: str | None, wanted: str, reason: str, copy: str | None) -> None:
        super().__init__(f"{found} to {wanted}: {reason}")
        self.found = found
        self.wanted = wanted
        self.reason = reason
        self.copy = copy
