"""What recipes bring to the bot. Each menu works on any message with an image, whoever wrote it."""

from functools import partial
from typing import Final

from discord.app_commands import ContextMenu

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.recipes import use_as_input
from bot.discord_ui.recipes.recipe_button import press_recipe
from bot.discord_ui.recipes.recipe_menu import show_recipe
from bot.discord_ui.recipes.reuse import REUSE_ID, REUSE_OPEN_ID, press_open, reuse_recipe, submit_reuse
from bot.messages import RECIPE_ID

RECIPES: Final = Feature(
    menus=(
        partial(ContextMenu, name="Show recipe", callback=show_recipe),
        partial(ContextMenu, name="Reuse recipe", callback=reuse_recipe),
        partial(ContextMenu, name="Use as input", callback=use_as_input.use_as_input),
    ),
    handlers={
        RECIPE_ID: press_recipe,
        REUSE_ID: submit_reuse,
        REUSE_OPEN_ID: press_open,
        use_as_input.INPUT_IMAGE_ID: use_as_input.press_picture,
        use_as_input.INPUT_WORKFLOW_ID: use_as_input.press_workflow,
        use_as_input.INPUT_PROMPT_ID: use_as_input.submit_words,
    },
)
