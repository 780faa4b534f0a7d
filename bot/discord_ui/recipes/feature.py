"""The context menus and buttons of recipes. Each menu works on any message with an image, even other people's."""

from functools import partial
from typing import Final

from discord.app_commands import ContextMenu

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.recipes import use_as_input
from bot.discord_ui.recipes.origin_menu import show_origin
from bot.discord_ui.recipes.recipe_button import press_recipe
from bot.discord_ui.recipes.recipe_menu import show_recipe
from bot.discord_ui.recipes.reuse import REUSE_ID, REUSE_OPEN_ID, press_open, reuse_recipe, submit_reuse
from bot.messages.rendering.result_buttons import RECIPE_ID
from bot.translation import N_

RECIPES: Final = Feature(
    menus=(
        partial(ContextMenu, name=N_("Show recipe"), callback=show_recipe),
        partial(ContextMenu, name=N_("Reuse recipe"), callback=reuse_recipe),
        partial(ContextMenu, name=N_("Use as input"), callback=use_as_input.use_as_input),
        partial(ContextMenu, name=N_("Where is this from?"), callback=show_origin),
    ),
    handlers={
        RECIPE_ID: press_recipe,
        REUSE_ID: submit_reuse,
        REUSE_OPEN_ID: press_open,
        use_as_input.INPUT_IMAGE_ID: use_as_input.press_image,
        use_as_input.INPUT_WORKFLOW_ID: use_as_input.press_workflow,
        use_as_input.INPUT_PROMPT_ID: use_as_input.submit_prompt,
    },
)
