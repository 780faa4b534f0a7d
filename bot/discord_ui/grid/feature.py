"""`/grid`, as one feature of the bot."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.grid.command import grid_command
from bot.discord_ui.grid.sheet_presses import (
    GRID_DELETE_SURE_ID,
    press_cancel_grid,
    press_delete_grid,
    press_delete_sure,
    take_cell,
)
from bot.discord_ui.grid.start import GRID_DROP_ID, GRID_START_ID, press_drop, press_start
from bot.messages.rendering.result_buttons import GRID_CANCEL_ID, GRID_CELL_ID, GRID_DELETE_ID

GRID: Final = Feature(
    commands=(grid_command,),
    handlers={
        GRID_START_ID: press_start,
        GRID_DROP_ID: press_drop,
        GRID_CANCEL_ID: press_cancel_grid,
        GRID_CELL_ID: take_cell,
        GRID_DELETE_ID: press_delete_grid,
        GRID_DELETE_SURE_ID: press_delete_sure,
    },
    anywhere=frozenset({GRID_CANCEL_ID, GRID_DELETE_ID, GRID_DELETE_SURE_ID}),
)
