"""The handlers of the buttons under a finished image."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.images.change_part import (
    PART_AGAIN_ID,
    choose_cells,
    press_image,
    press_open,
    press_part,
    submit_again,
    submit_part,
)
from bot.discord_ui.images.deletion import DELETE_KEEP_ID, DELETE_SURE_ID, press_confirm, press_delete, press_keep
from bot.discord_ui.images.edit import EDIT_FORM_ID, press_edit, submit_edit
from bot.discord_ui.images.part_reply import PART_CELLS_ID, PART_FORM_ID, PART_IMAGE_ID, PART_OPEN_ID
from bot.discord_ui.images.publication import press_publish
from bot.discord_ui.images.repeat import press_again, press_retry
from bot.discord_ui.images.variations import PICK_IMAGE_ID, press_pick, press_upscale, press_vary
from bot.messages.rendering.result_buttons import (
    AGAIN_ID,
    DELETE_ID,
    EDIT_ID,
    PART_ID,
    PUBLISH_ID,
    RETRY_ID,
    UPSCALE_ID,
    VARY_ID,
)

IMAGES: Final = Feature(
    handlers={
        AGAIN_ID: press_again,
        RETRY_ID: press_retry,
        VARY_ID: press_vary,
        UPSCALE_ID: press_upscale,
        PICK_IMAGE_ID: press_pick,
        PART_ID: press_part,
        PART_IMAGE_ID: press_image,
        PART_CELLS_ID: choose_cells,
        PART_OPEN_ID: press_open,
        PART_FORM_ID: submit_part,
        PART_AGAIN_ID: submit_again,
        EDIT_ID: press_edit,
        EDIT_FORM_ID: submit_edit,
        PUBLISH_ID: press_publish,
        DELETE_ID: press_delete,
        DELETE_SURE_ID: press_confirm,
        DELETE_KEEP_ID: press_keep,
    },
    anywhere=frozenset({DELETE_ID, DELETE_SURE_ID, DELETE_KEEP_ID}),
)
