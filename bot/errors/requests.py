"""What a member cannot have."""

from __future__ import annotations

from bot.errors.root import DarkroomError


class PictureRefused(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A picture that a member gave cannot be used.

    `code` is one of: not_a_picture, too_many_bytes, too_many_pixels, not_fetched, gone. `limit` is the bound that was
    broken: bytes or pixels.
    """

    def __init__(self, code: str, limit: int | None = None) -> None:
        super().__init__(code if limit is None else f"{code} (limit {limit})")
        self.code = code
        self.limit = limit


class Unchecked(DarkroomError):  # noqa: N818
    """The picture check could not look at a picture; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Withheld(DarkroomError):  # noqa: N818
    """A guild's picture check refuses what a job has made."""


class LimitReached(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A job would be one too many for its member.

    `code` is queued (jobs waiting at once) or daily (pictures in 24 hours); `frees_at` is when that changes, in seconds
    since 1970: None where that is not known, infinity where it never does.
    """

    def __init__(self, code: str, limit: int, frees_at: float | None) -> None:
        super().__init__(f"{code} (limit {limit})")
        self.code = code
        self.limit = limit
        self.frees_at = frees_at


class SpoolFailed(DarkroomError):  # noqa: N818
    """A file could not be written to the spool, or is gone from it; `reason` is the operating system's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
