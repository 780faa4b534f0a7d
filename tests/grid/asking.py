"""What members do with `/grid`, and what tests read of it."""

import re
from collections.abc import Mapping

from tests.discord_server import DiscordStandIn, Message, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_over, says

FIVE = {"x": "steps 1..5", "y": "guidance 1, 2, 3.5, 5, 7"}
FOUR = {"x": "steps 1, 2", "y": "guidance 3, 5"}


async def ask(discord: DiscordStandIn, user: User, **options: Value) -> Message:
    """The private reply, once it says something."""
    interaction = await answered(discord.slash("grid", user=user, options={"prompt": "a fox", **options}))
    return await interaction.message.until(lambda message: not message.loading)


async def start(discord: DiscordStandIn, user: User, options: Mapping[str, Value]) -> Message:
    """From the command to the sheet's message."""
    question = await ask(discord, user, **options)
    pressed = await answered(discord.press(question, "Start", user=user))
    await question.until(says("Started"))
    return pressed.message


def is_complete(message: Message) -> bool:
    """Whether nothing more will happen to a sheet."""
    return is_over(message) or "\n🛑 " in message.content


def done_in(message: Message) -> int:
    """How many cells its text says are done."""
    found = re.search(r"(\d+) of \d+ done|✅ (\d+)", message.content)
    return 0 if found is None else int(found[1] or found[2])
