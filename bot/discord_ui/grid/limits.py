"""What a grid counts towards a member's limits, said before anything runs. Pure."""

from __future__ import annotations

from bot.ledger import Allowance, Usage
from bot.translation import _, ngettext


def over_limit(cells: int, images: int, allowance: Allowance, usage: Usage) -> str | None:
    """Why the grid does not fit a member's limits now; None if it does."""
    if allowance.queued is not None and usage.waiting + cells > allowance.queued:
        said = ngettext(
            "This grid has {count} image, and each waits in the queue. You can have {limit} waiting at once here, and "
            "{waiting} are. Give the axes fewer values.",
            "This grid has {count} images, and each waits in the queue. You can have {limit} waiting at once here, and "
            "{waiting} are. Give the axes fewer values.",
            cells,
        )
        return said.format(count=cells, limit=allowance.queued, waiting=usage.waiting)
    if allowance.daily is not None and usage.today + images > allowance.daily:
        left = max(0, allowance.daily - usage.today)
        said = _(
            "This grid counts {count} images. Of your {limit} a day you have {left} left. Give the axes fewer values."
        )
        return said.format(count=images, limit=allowance.daily, left=left)
    return None


def counted(images: int, allowance: Allowance, usage: Usage) -> str:
    """What the grid counts."""
    said = ngettext("It counts as {count} image.", "It counts as {count} images.", images).format(count=images)
    if allowance.daily is None:
        return said
    left = allowance.daily - usage.today - images
    return f"{said} {_('Of your {limit} a day, {left} are left then.').format(limit=allowance.daily, left=left)}"
