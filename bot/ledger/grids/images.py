"""The images of cells, which are kept so that the sheet can be drawn and a cell taken out of it, and what bounds them.

They are in the ledger's table of files, by the job's id: whichever process draws the sheet or answers the menu finds
them there, also after a restart.
"""

from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import FILES, JOBS
from bot.ledger.grids.tables import GRIDS

KEPT_DAYS: Final = 7
"""How long the images of a grid are kept."""
KEPT_GRIDS: Final = 3
"""Of how many grids of a member images are kept: with 25 cells of 2 MB each, these are 150 MB."""


def make_room(connection: Connection, user_id: int) -> None:
    """Drop the images of a member's older grids before they get another one. An unfinished grid keeps its own."""
    own = GRIDS.c.user_id == user_id
    newest = select(GRIDS.c.id).where(own).order_by(GRIDS.c.created_at.desc()).limit(KEPT_GRIDS - 1)
    _drop_images(connection, own, GRIDS.c.id.not_in(newest), GRIDS.c.closed_at.is_not(None))


def prune_grids(connection: Connection, old: ColumnElement[float]) -> None:
    """Delete grids that are older than `old` (seconds since 1970), and images that were kept long enough."""
    kept_since = now() - KEPT_DAYS * DAY_SECONDS
    _drop_images(connection, GRIDS.c.created_at < kept_since, GRIDS.c.closed_at.is_not(None))
    connection.execute(delete(GRIDS).where(GRIDS.c.created_at < old, GRIDS.c.closed_at.is_not(None)))


def drop_images(connection: Connection, grid_id: str) -> None:
    """Drop the images of one grid."""
    _drop_images(connection, GRIDS.c.id == grid_id)


def _drop_images(connection: Connection, *which: ColumnElement[bool]) -> None:
    cells = select(JOBS.c.id).join(GRIDS, GRIDS.c.id == JOBS.c.grid_id).where(*which)
    connection.execute(delete(FILES).where(FILES.c.id.in_(cells)))
