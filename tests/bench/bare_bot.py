"""The least a bot can do with a slash command: answer it, and remember nothing."""

import os

import discord
from discord import app_commands


class Bare(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.tree.add_command(imagine)
        await self.tree.sync()


@app_commands.command(description="Answers")
async def imagine(interaction: discord.Interaction[Bare], prompt: str) -> None:
    await interaction.response.send_message(prompt, allowed_mentions=discord.AllowedMentions.none())


if __name__ == "__main__":
    Bare().run(os.environ["DISCORD_TOKEN"], log_handler=None)
