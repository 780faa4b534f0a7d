"""What a grid counts as towards a member's limits, before anything runs. Pure."""

from __future__ import annotations

from bot.ledger import Allowance, Usage
from bot.translation import _, ngettext


def over_limit(cells: int, images: int, allowance: Allowance, usage: Usage) -> str | None:
    """Why the grid does not fit a member's limits now; None if it does."""
    if allowance.queued is not None and usage.waiting + cells > allowance.queued:
        said = ngettext(
            "This grid puts {count} image in the queue. You can have {limit} waiting here at once, and {waiting} "
            "already are. Use fewer values.",
            "This grid puts {count} images in the queue. You can have {limit} waiting here at once, and {waiting} "
            "already are. Use fewer values.",
            cells,
        )
        return said.format(count=cells, limit=allowance.queued, waiting=usage.waiting)
    if allowance.daily is not None and usage.today + images > allowance.daily:
        left = max(0, allowance.daily - usage.today)
        said = _(
            "This grid counts as {count} images, and you have {left} of your {limit} a day left. Use fewer values."
        )
        return said.format(count=images, limit=allowance.daily, left=left)
    return None


def counted(images: int, allowance: Allowance, usage: Usage) -> str:
    """What the grid counts as."""
    said = ngettext("It counts as {count} image.", "It counts as {count} images.", images).format(count=images)
    if allowance.daily is None:
        return said
    left = allowance.daily - usage.today - images
    return f"{said} {_('That leaves {left} of your {limit} a day.').format(limit=allowance.daily, left=left)}"
