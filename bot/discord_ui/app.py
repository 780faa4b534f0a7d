"""The features of the bot."""

from typing import Final

from discord import app_commands

from bot.discord_ui.bot import commands_of
from bot.discord_ui.core.feature import Command, Feature
from bot.discord_ui.grid.feature import GRID
from bot.discord_ui.history.feature import HISTORY
from bot.discord_ui.images.feature import IMAGES
from bot.discord_ui.machine.feature import MACHINE
from bot.discord_ui.moderation.feature import MODERATION
from bot.discord_ui.operator.feature import OPERATOR
from bot.discord_ui.painting.paint_page import PAINTING
from bot.discord_ui.privacy.feature import PRIVACY
from bot.discord_ui.queue.feature import QUEUE
from bot.discord_ui.recipes.feature import RECIPES
from bot.discord_ui.requests.feature import REQUESTS
from bot.discord_ui.settings.feature import SETTINGS
from bot.discord_ui.styles.feature import STYLES
from bot.discord_ui.workflows.feature import WORKFLOWS

FEATURES: Final[tuple[Feature, ...]] = (
    *(REQUESTS, GRID, SETTINGS, PAINTING, IMAGES, RECIPES, QUEUE, HISTORY, PRIVACY, WORKFLOWS, MODERATION),
    *(STYLES, MACHINE, OPERATOR),
)


def own_commands() -> tuple[Command | app_commands.Group, ...]:
    """The bot's own slash commands, without those of workflows."""
    return commands_of(FEATURES)
