"""What people do in the tests of moderation, and what they read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    Guild,
    Interaction,
    Message,
    Role,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.people import MODERATORS
from tests.waiting import until

PATRONS = Role("patrons")


@dataclass(frozen=True, slots=True)
class Room:
    """A Discord with the bot in it: `studio` is the guild where things happen, `gallery` the one next door."""

    discord: DiscordStandIn
    comfyui: ComfyUIStandIn
    bot: BotProcess
    studio: Guild
    gallery: Guild
    operator: User
    alice: User = field(default_factory=lambda: User("alice"))
    bob: User = field(default_factory=lambda: User("bob"))
    zoe: User = field(default_factory=lambda: User("zoe"))
    mia: User = field(default_factory=lambda: User("mia", roles=(MODERATORS,)))
    max: User = field(default_factory=lambda: User("max", roles=(MODERATORS,)))

    @property
    def staff(self) -> Channel:
        return self.studio.channel("staff")

    @property
    def lobby(self) -> Channel:
        return self.gallery.channel("lobby")

    def stand_still(self) -> None:
        """No image is finished until further notice."""
        self.comfyui.faults.hang_in = "KSampler"

    def go_on(self) -> None:
        self.comfyui.faults.hang_in = None

    async def go_on_interrupted(self) -> None:
        """Once the server knows that what it makes is not wanted any more: otherwise it might be finished first."""
        await until(lambda: bool(self.comfyui.interrupts))
        self.go_on()

    async def imagine(self, user: User, prompt: str, channel: Channel | None = None) -> Interaction:
        return await answered(self.discord.slash("imagine", user=user, channel=channel, prompt=prompt))

    async def fill_the_server(self) -> list[Interaction]:
        """As many jobs as a server takes at once: what this guild orders afterwards waits. Two of one member would not
        do, because the second makes way for others.
        """
        self.stand_still()
        orders = [await self.imagine(user, f"filling {number}") for number, user in enumerate((self.bob, self.zoe))]
        for ordered in orders:
            await ordered.message.until(lambda message: "🕓 Up next" in message.content or "🎨" in message.content)
        await until(lambda: bool(self.comfyui.executed))
        return orders

    async def moderate(
        self,
        command: str,
        by: User | None = None,
        channel: Channel | None = None,
        options: Mapping[str, Value] | None = None,
        **more: Value,
    ) -> str:
        """A command of `/moderate`, and its private answer."""
        given = {**(options or {}), **more}
        asked = await self.discord.slash(f"moderate {command}", user=by or self.mia, channel=channel, options=given)
        return await told(asked)

    async def job_of(self, prompt: str, channel: Channel | None = None) -> str:
        """The id of a job under way, as moderators find it."""
        (choice,) = await self.discord.autocomplete(
            "moderate cancel", option="job", value=prompt, user=self.mia, channel=channel
        )
        return str(choice.value)

    async def log(self, user: User | None = None, channel: Channel | None = None, **filters: Value) -> str:
        """What `/moderate log` shows, once everything that happened is in it."""
        asked = await answered(
            self.discord.slash("moderate log", user=user or self.mia, channel=channel, options=filters)
        )
        return asked.message.content


async def told(asked: Interaction) -> str:
    """The private answer to a command, a press or a form."""
    await asked.acknowledged()
    await asked.message.until(lambda message: not message.loading)
    assert asked.message.ephemeral
    return asked.message.content


async def shows(message: Message, *parts: str) -> Message:
    """Waits until the message says all of this."""
    return await message.until(lambda one: all(part in one.text for part in parts))
