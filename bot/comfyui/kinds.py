"""Which kind of server an address means: one entry for each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from bot.addresses import Kind, ServerAddress
from bot.comfyui.api_v2.client import ApiV2
from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.object_infos import ObjectInfos
from bot.comfyui.http.transport import Room
from bot.comfyui.runpod.client import RunPod
from bot.comfyui.sent_prompts import SentHere, SentPrompts
from bot.comfyui.server import Server


@dataclass(frozen=True, slots=True)
class Common:
    """What the servers of a process share. `room` is what each of them gets."""

    room: Room = field(default_factory=Room)
    infos: ObjectInfos = field(default_factory=ObjectInfos)
    sent: SentPrompts = field(default_factory=SentHere)


_KINDS: Final[Mapping[Kind, Callable[[ServerAddress, aiohttp.ClientSession, str | None, Common], Server]]] = {
    Kind.COMFYUI: lambda address, session, name, common: ComfyUI(address, session, name, common.room, common.infos),
    Kind.RUNPOD: lambda address, session, name, common: RunPod(address, session, name, common.room, common.sent),
    Kind.API_V2: lambda address, session, name, common: ApiV2(address, session, name, common.room, common.sent),
}


def server_at(
    url: str, session: aiohttp.ClientSession, name: str | None = None, common: Common | None = None
) -> Server:
    """The server at this address. Its owner closes the `session` (`open_session`). `name` identifies the server to the
    other machines.
    """
    address = url if isinstance(url, ServerAddress) else ServerAddress.parse(url)
    return _KINDS[address.kind](address, session, name, common or Common())
