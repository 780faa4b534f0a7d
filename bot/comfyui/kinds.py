"""Which kind of server an address means: one entry for each kind."""

from collections.abc import Callable, Mapping
from typing import Final

import aiohttp

from bot.addresses import Kind, ServerAddress
from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.object_infos import ObjectInfos
from bot.comfyui.http.transport import Room
from bot.comfyui.server import Server

_KINDS: Final[
    Mapping[Kind, Callable[[ServerAddress, aiohttp.ClientSession, str | None, Room | None, ObjectInfos | None], Server]]
] = {Kind.COMFYUI: ComfyUI}


def server_at(
    url: str,
    session: aiohttp.ClientSession,
    name: str | None = None,
    room: Room | None = None,
    infos: ObjectInfos | None = None,
) -> Server:
    """The server at this address. Its owner closes the `session` (`open_session`).

    `name` identifies the server to the other machines; `infos` is shared by all servers of this process.
    """
    address = url if isinstance(url, ServerAddress) else ServerAddress.parse(url)
    return _KINDS[address.kind](address, session, name, room, infos)
