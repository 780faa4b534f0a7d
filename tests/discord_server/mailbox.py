"""All messages on the stand-in, and what becomes of them; every bot that is online hears of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.discord_server import message_payloads, payloads, writing
from tests.discord_server.messages import Attachment, Message, State
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import File
from tests.discord_server.snowflakes import next_snowflake
from tests.discord_server.world import Channel, User, World

# An event's name, its data, and where it happened.
Announce = Callable[[str, payloads.Json, Channel], None]


class Mailbox:
    def __init__(self, world: World, address: Callable[[int, str], str], announce: Announce) -> None:
        self.messages: dict[int, Message] = {}
        self._world = world
        self._address = address
        self._announce = announce
        self._attachments: dict[int, tuple[Attachment, Message | None]] = {}

    def write(
        self,
        channel: Channel,
        author: User,
        body: Mapping[str, Any],
        files: Mapping[int, File],
        *,
        viewer: User | None = None,
        origin: Mapping[str, Any] | None = None,
    ) -> Message:
        """`viewer`: the message is ephemeral, for this user; `origin`: what its JSON says about where it came from."""
        state = writing.written(body, self._fitting(channel, files), address=self._address)
        return self.put(state, channel, author, viewer=viewer, origin=origin)

    def put(
        self,
        state: State,
        channel: Channel,
        author: User,
        *,
        viewer: User | None = None,
        origin: Mapping[str, Any] | None = None,
    ) -> Message:
        message = Message(next_snowflake(), channel, author, viewer, origin=origin or {})
        self.messages[message.id] = message
        self._become(message, state, "MESSAGE_CREATE")
        return message

    def edit(self, message: Message, body: Mapping[str, Any], files: Mapping[int, File]) -> None:
        if message.channel.id in self._world.archived:
            raise ApiError(Refusal.ARCHIVED)
        fitting = self._fitting(message.channel, files)
        state = writing.edited(message.state, body, fitting, address=self._address)
        self._become(message, state, "MESSAGE_UPDATE")

    def delete(self, message: Message) -> None:
        message.vanish()
        if message.viewer is None:
            ids = {"id": str(message.id), "channel_id": str(message.channel.id)} | self._guild_id(message.channel)
            self._announce("MESSAGE_DELETE", ids, message.channel)

    def upload(self, file: File) -> Attachment:
        """A file that a user gives to a command; it belongs to no message."""
        uploaded = writing.attached(file, self._address)
        self._attachments[uploaded.id] = uploaded, None
        return uploaded

    def find(self, channel: Channel, message_id: int) -> Message:
        """What the bot's token sees: ephemeral messages are not there."""
        message = self.messages.get(message_id)
        if message is None or message.deleted or message.viewer is not None or message.channel != channel:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def history(self, channel: Channel) -> Sequence[Message]:
        """The newest first."""
        everything = sorted(self.messages.values(), key=lambda message: message.id, reverse=True)
        return [one for one in everything if one.channel == channel and not one.deleted and one.viewer is None]

    def attachment(self, attachment_id: int) -> Attachment | None:
        """What is behind an attachment's address: gone once its message has it no more."""
        attachment, message = self._attachments.get(attachment_id, (None, None))
        if message is not None and (message.deleted or attachment not in message.attachments):
            return None
        return attachment

    def payload(self, message: Message) -> payloads.Json:
        """As the bot gets it: without the message content intent, that is, of others only if it is mentioned."""
        payload = message_payloads.message(self._world, message)
        own = message.author.id == self._world.bot.id
        mentioned = str(self._world.bot.id) in message.state.mentioned
        direct = self._world.guild_of(message.channel) is None
        return payload if own or mentioned or direct else message_payloads.hidden(payload)

    def _become(self, message: Message, state: State, event: str) -> None:
        self._attachments |= {attachment.id: (attachment, message) for attachment in state.attachments}
        message.become(state)
        if message.viewer is None:
            data = self.payload(message) | self._guild_id(message.channel)
            if "guild_id" in data and message.author.id in self._world.users:
                data["member"] = payloads.bare_member(message.author)
            self._announce(event, data, message.channel)

    def _guild_id(self, channel: Channel) -> dict[str, str]:
        guild = self._world.guild_of(channel)
        return {} if guild is None else {"guild_id": str(guild.id)}

    def _fitting(self, channel: Channel, files: Mapping[int, File]) -> Mapping[int, File]:
        limit = self._world.upload_limit(channel)
        if any(len(file.content) > limit for file in files.values()):
            raise ApiError(Refusal.TOO_LARGE)
        return files
