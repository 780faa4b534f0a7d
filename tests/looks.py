"""What people tell from the look of a message: how a job is doing, and what it offers."""

from collections.abc import Awaitable, Callable

from tests.discord_server import Interaction, Message, answered


def says(words: str) -> Callable[[Message], bool]:
    """Whether a message says this."""
    return lambda message: words in message.content


is_queued, is_running, is_stopping = says("🕓"), says("🎨"), says("Stopping")
is_done, is_failed, is_cancelled = says("✅"), says("⚠️"), says("🛑 Cancelled")


def is_over(message: Message) -> bool:
    return is_done(message) or is_failed(message) or is_cancelled(message)


def labels(message: Message) -> list[str]:
    """Of its buttons."""
    return [button.label for button in message.buttons]


async def finished(act: Awaitable[Interaction]) -> Message:
    """The message of what somebody did, once its job is done."""
    return await (await answered(act)).message.until(is_done)
