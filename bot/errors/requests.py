"""Errors about a member's request."""

from bot.errors.root import DarkroomError


class PictureRefused(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A member's file cannot be used.

    `code` is one of: not_a_picture, not_a_video, not_a_sound, too_many_bytes, too_many_pixels, too_long,
    not_fetched, gone, expired (the address of an image), not_a_mask, mask_size, empty_mask.
    `limit` is the bound that was exceeded, in bytes or pixels. `kind` is what the file should be: image, video or
    audio. `option` is where the member attached it, if they attached several.
    """

    def __init__(self, code: str, limit: int | None = None, kind: str = "image", option: str | None = None) -> None:
        super().__init__(code if limit is None else f"{code} (limit {limit})")
        self.code = code
        self.limit = limit
        self.kind = kind
        self.option = option


class StylesUnreadable(DarkroomError):  # noqa: N818
    """A file has no styles that can be read. `code` is one of: too_large, not_text, not_json, too_many, empty. `limit`
    is the bound that was exceeded, in bytes or rows.
    """

    def __init__(self, code: str, limit: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.limit = limit


class Unchecked(DarkroomError):  # noqa: N818
    """An image could not be checked. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Withheld(DarkroomError):  # noqa: N818
    """A guild's image check refuses what a job has generated."""


class LimitReached(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A job would exceed a limit of its member.

    `code` is queued (jobs waiting at once), daily (images in 24 hours) or one of the operator's caps for the whole
    guild: guild_queued (jobs waiting at once) or guild_disk (bytes of its files). `frees_at` is when the next job fits,
    in seconds since 1970; None: not known; infinity: never.
    """

    def __init__(self, code: str, limit: int, frees_at: float | None) -> None:
        super().__init__(f"{code} (limit {limit})")
        self.code = code
        self.limit = limit
        self.frees_at = frees_at


class SpoolFailed(DarkroomError):  # noqa: N818
    """A file could not be written to the spool, or is missing from it. `reason` comes from the operating system."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
