"""Channels and their messages, as the bot's own token may use them."""

from collections.abc import Mapping
from typing import Any, Final

from tests.discord_server import payloads
from tests.discord_server.core import Answer, Core, Handler
from tests.discord_server.messages import Message
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import Call
from tests.discord_server.world import Channel, Permission

_MESSAGES: Final = "/channels/{channel_id}/messages"
_REPLY: Final = 19


def _channel(core: Core, call: Call) -> Answer:
    return Answer(200, payloads.channel(core.world, _open(core, call)))


def _typing(core: Core, call: Call) -> Answer:
    _open(core, call, Permission.SEND_MESSAGES)
    return Answer(204)


def _history(core: Core, call: Call) -> Answer:
    channel = _open(core, call)
    if not core.world.bot_permissions(channel) & Permission.READ_MESSAGE_HISTORY:
        return Answer(200, [])
    newest = int(call.query.get("before", 1 << 63))
    oldest = int(call.query.get("after", 0))
    found = [one for one in core.mailbox.history(channel) if oldest < one.id < newest]
    return Answer(200, [core.mailbox.payload(one) for one in found[: int(call.query.get("limit", 50))]])


def _send(core: Core, call: Call) -> Answer:
    channel = _open(core, call, Permission.SEND_MESSAGES)
    if channel.recipient is not None and channel.recipient.id in core.world.closed:
        raise ApiError(Refusal.DIRECT_CLOSED)
    if core.world.archived.get(channel.id):
        raise ApiError(Refusal.ARCHIVED)
    if call.files:
        _need(core, channel, Permission.ATTACH_FILES)
    if call.body.get("embeds"):
        _need(core, channel, Permission.EMBED_LINKS)
    nonce = call.body.get("nonce")
    # With enforce_nonce, the same message sent twice is one message.
    if call.body.get("enforce_nonce") and (sent := core.nonces.get((channel.id, str(nonce)))):
        return Answer(200, core.mailbox.payload(sent))
    # A message opens an archived thread again, unless it is locked.
    core.world.archived.pop(channel.id, None)
    origin = _reply(core, channel, call.body.get("message_reference"))
    message = core.mailbox.write(channel, core.world.bot, call.body, call.files, origin=origin)
    if nonce is not None:
        core.nonces[channel.id, str(nonce)] = message
        return Answer(200, core.mailbox.payload(message) | {"nonce": nonce})
    return Answer(200, core.mailbox.payload(message))


def _get(core: Core, call: Call) -> Answer:
    channel = _open(core, call, Permission.READ_MESSAGE_HISTORY, refusal=Refusal.MISSING_ACCESS)
    return Answer(200, core.mailbox.payload(core.mailbox.find(channel, call.id("message_id"))))


def _edit(core: Core, call: Call) -> Answer:
    message = _message(core, call)
    if message.author.id != core.world.bot.id:
        raise ApiError(Refusal.NOT_THE_AUTHOR)
    core.mailbox.edit(message, call.body, call.files)
    return Answer(200, core.mailbox.payload(message))


def _delete(core: Core, call: Call) -> Answer:
    message = _message(core, call)
    if message.author.id != core.world.bot.id:
        _need(core, message.channel, Permission.MANAGE_MESSAGES)
    core.mailbox.delete(message)
    return Answer(204)


def _message(core: Core, call: Call) -> Message:
    return core.mailbox.find(_open(core, call), call.id("message_id"))


def _open(
    core: Core,
    call: Call,
    permission: Permission = Permission.VIEW_CHANNEL,
    refusal: Refusal = Refusal.MISSING_PERMISSIONS,
) -> Channel:
    channel = core.world.channel(call.id("channel_id"))
    if channel is None:
        raise ApiError(Refusal.UNKNOWN_CHANNEL)
    _need(core, channel, Permission.VIEW_CHANNEL, Refusal.MISSING_ACCESS)
    _need(core, channel, permission, refusal)
    return channel


def _need(core: Core, channel: Channel, permission: Permission, refusal: Refusal = Refusal.MISSING_PERMISSIONS) -> None:
    if not core.world.bot_permissions(channel) & permission:
        raise ApiError(refusal)


def _reply(core: Core, channel: Channel, reference: Mapping[str, Any] | None) -> dict[str, Any]:
    if reference is None:
        return {}
    _need(core, channel, Permission.READ_MESSAGE_HISTORY, Refusal.NO_HISTORY)
    try:
        target = core.mailbox.find(channel, int(reference["message_id"]))
    except ApiError:
        if reference.get("fail_if_not_exists", True):
            raise ApiError(Refusal.INVALID_FORM, "the message replied to is not there") from None
        return {}
    guild = core.world.guild_of(channel)
    ids = {"type": 0, "channel_id": str(channel.id), "message_id": str(target.id)}
    return {
        "type": _REPLY,
        "message_reference": ids if guild is None else ids | {"guild_id": str(guild.id)},
        "referenced_message": core.mailbox.payload(target),
    }


HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    ("GET", "/channels/{channel_id}"): _channel,
    ("POST", "/channels/{channel_id}/typing"): _typing,
    ("GET", _MESSAGES): _history,
    ("POST", _MESSAGES): _send,
    ("GET", f"{_MESSAGES}/{{message_id}}"): _get,
    ("PATCH", f"{_MESSAGES}/{{message_id}}"): _edit,
    ("DELETE", f"{_MESSAGES}/{{message_id}}"): _delete,
}
