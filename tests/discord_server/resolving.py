"""Turns what a user picks (users, roles, channels, files) into ids, and collects what Discord says about them."""

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.discord_server import message_payloads, payloads
from tests.discord_server.messages import Attachment, Message
from tests.discord_server.payloads import Json
from tests.discord_server.requests import File
from tests.discord_server.world import Channel, Role, User, World

Picked: TypeAlias = User | Role | Channel | File
Value: TypeAlias = str | int | float | bool | Picked

USER: Final = 6
CHANNEL: Final = 7
ROLE: Final = 8
MENTIONABLE: Final = 9
ATTACHMENT: Final = 11
TAKES: Final = {
    USER: (User,), CHANNEL: (Channel,), ROLE: (Role,), MENTIONABLE: (User, Role), ATTACHMENT: (File,),
}  # fmt: skip


class Resolved:
    """The `resolved` part of one interaction, seen from one channel."""

    def __init__(self, world: World, channel: Channel, upload: Callable[[File], Attachment]) -> None:
        self.payload: Json = {}
        self._world = world
        self._channel = channel
        self._upload = upload

    def pick(self, picked: Picked) -> str:
        """The id that stands for it."""
        match picked:
            case User():
                self._world.meet(picked)
                self._note("users", picked.id, payloads.user(self._world, picked))
                if self._world.guild_of(self._channel) is not None:
                    permissions = self._world.permissions(picked, self._channel)
                    member = payloads.bare_member(picked) | {"permissions": str(int(permissions))}
                    self._note("members", picked.id, member)
                return str(picked.id)
            case Role():
                self._note("roles", picked.id, payloads.role(picked))
                return str(picked.id)
            case Channel():
                permissions = self._world.bot_permissions(picked)
                payload = payloads.channel(self._world, picked) | {"permissions": str(int(permissions))}
                payload.pop("permission_overwrites", None)
                self._note("channels", picked.id, payload)
                return str(picked.id)
            case File():
                uploaded = self._upload(picked)
                payload = message_payloads.attachment(uploaded) | {"ephemeral": True}
                self._note("attachments", uploaded.id, payload)
                return str(uploaded.id)

    def message(self, message: Message, payload: Json) -> str:
        self._note("messages", message.id, payload)
        return str(message.id)

    def _note(self, kind: str, number: int, payload: Json) -> None:
        self.payload.setdefault(kind, {})[str(number)] = payload
