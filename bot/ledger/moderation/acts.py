"""The kinds of entries in the moderators' log."""

from enum import StrEnum


class Act(StrEnum):
    """Kinds of log entries, as stored. Add new ones at the end, because existing buttons refer to their positions."""

    REFUSED = "refused"
    CANCELLED = "cancelled"
    HELD = "held"
    RELEASED = "released"
    MOVED_TO_FRONT = "moved to the front"
    PAUSED = "paused"
    RESUMED = "resumed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    LIMITS = "limits"
    CHANNEL = "channel"
    WORDS = "words"
    AUDIT = "audit"
    APPROVAL = "approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPORTED = "reported"
    DELETED = "deleted"
    PANEL = "panel"
    DIGEST = "digest"
    REPORT_DISMISSED = "report dismissed"
    CHECK = "picture check"
    IMAGE_HELD = "picture held"
    IMAGE_REFUSED = "picture refused"
    IMAGE_SPOILERED = "picture under a spoiler"
    ERASED = "personal data erased"
