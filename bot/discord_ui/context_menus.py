"""What the menu of a message offers. Each works on any message with a picture, whoever wrote it."""

from __future__ import annotations

from discord import app_commands

from bot.discord_ui.recipe_menu import show_recipe
from bot.discord_ui.reusing import reuse_recipe
from bot.discord_ui.using_as_input import use_as_input


def context_menus() -> list[app_commands.ContextMenu]:
    """The menus, to be added to a tree."""
    return [
        app_commands.ContextMenu(name="Show recipe", callback=show_recipe),
        app_commands.ContextMenu(name="Reuse recipe", callback=reuse_recipe),
        app_commands.ContextMenu(name="Use as input", callback=use_as_input),
    ]
