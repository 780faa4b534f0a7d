"""Answers to interactions and everything their tokens are good for afterwards; no bot token is needed here."""

from collections.abc import Mapping
from typing import Any, Final

from tests.discord_server import payloads
from tests.discord_server.core import Answer, Core, Handler
from tests.discord_server.interactions import Act, Answered, Choice, Interaction
from tests.discord_server.messages import EPHEMERAL, LOADING, Message, State
from tests.discord_server.modals import Modal
from tests.discord_server.payloads import Json
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import Call

_WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
_FROM_SLASH, _FROM_MENU, _FROM_COMPONENT = 20, 23, 19


def _callback(core: Core, call: Call) -> Answer:
    interaction = core.interactions.get(call.ids["interaction_token"])
    if interaction is None or interaction.id != call.id("interaction_id"):
        raise ApiError(Refusal.UNKNOWN_INTERACTION)
    kind = call.body["type"]
    interaction.check_answer(kind, core.acknowledge_within)
    data = call.body.get("data") or {}
    match kind:
        case Answered.MESSAGE:
            interaction.answer(kind, _write(core, interaction, call, data))
        case Answered.DEFERRED_MESSAGE:
            interaction.answer(kind, _thinking(core, interaction, data))
        case Answered.CHOICES:
            choices = tuple(Choice(one["name"], one["value"]) for one in data.get("choices") or [] if one)
            interaction.answer(kind, choices=choices)
        case Answered.MODAL:
            modal = Modal(data["custom_id"], data["title"], data["components"])
            interaction.answer(kind, modal=modal)
        case _:
            assert interaction.source is not None
            if kind == Answered.UPDATE:
                core.mailbox.edit(_standing(interaction.source), data, call.files)
            interaction.answer(kind, interaction.source)
    if call.query.get("with_response", "").lower() not in {"1", "true"}:
        return Answer(204)
    return Answer(200, _outcome(core, interaction))


def _followup(core: Core, call: Call) -> Answer:
    interaction = _interaction(core, call)
    assert interaction.reply is not None
    if interaction.reply.kind == Answered.DEFERRED_MESSAGE and interaction.message.loading:
        # Discord: directly after a deferral this is an edit of the original; its ephemeral flag is ignored.
        body = {name: value for name, value in call.body.items() if name != "flags"}
        flags = (call.body.get("flags") or 0) & ~EPHEMERAL
        core.mailbox.edit(_standing(interaction.message), body | {"flags": flags}, call.files)
        return Answer(200, core.mailbox.payload(interaction.message))
    message = _write(core, interaction, call, call.body)
    interaction.follow_up(message)
    return Answer(200, core.mailbox.payload(message))


def _get(core: Core, call: Call) -> Answer:
    return Answer(200, core.mailbox.payload(_message(core, call)))


def _edit(core: Core, call: Call) -> Answer:
    message = _message(core, call)
    core.mailbox.edit(message, call.body, call.files)
    return Answer(200, core.mailbox.payload(message))


def _delete(core: Core, call: Call) -> Answer:
    core.mailbox.delete(_message(core, call))
    return Answer(204)


def _interaction(core: Core, call: Call) -> Interaction:
    if call.id("webhook_id") != core.world.application_id:
        raise ApiError(Refusal.UNKNOWN_WEBHOOK)
    interaction = core.interactions.get(call.ids["webhook_token"])
    if interaction is None:
        raise ApiError(Refusal.INVALID_TOKEN)
    interaction.check_token()
    if core.world.was_deleted(interaction.channel):
        raise ApiError(Refusal.UNKNOWN_CHANNEL)
    return interaction


def _message(core: Core, call: Call) -> Message:
    """@original, or one of the messages that this token made."""
    interaction = _interaction(core, call)
    assert interaction.reply is not None
    original = interaction.reply.message
    if "message_id" not in call.ids:
        return _standing(original)
    own = [*interaction.followups, *([] if original is None else [original])]
    wanted = call.id("message_id")
    return _standing(next((one for one in own if one.id == wanted), None))


def _standing(message: Message | None) -> Message:
    if message is None or message.deleted:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    return message


def _write(core: Core, interaction: Interaction, call: Call, data: Mapping[str, Any]) -> Message:
    if core.world.was_deleted(interaction.channel):
        raise ApiError(Refusal.UNKNOWN_CHANNEL)
    viewer = interaction.user if (data.get("flags") or 0) & EPHEMERAL else None
    origin = _origin(core, interaction)
    return core.mailbox.write(interaction.channel, core.world.bot, data, call.files, viewer=viewer, origin=origin)


def _thinking(core: Core, interaction: Interaction, data: Mapping[str, Any]) -> Message:
    flags = (data.get("flags") or 0) & EPHEMERAL
    viewer = interaction.user if flags else None
    origin = _origin(core, interaction)
    state = State(flags=flags | LOADING)
    return core.mailbox.put(state, interaction.channel, core.world.bot, viewer=viewer, origin=origin)


def _origin(core: Core, interaction: Interaction) -> Json:
    origin: Json = {
        "application_id": str(core.world.application_id),
        "webhook_id": str(core.world.application_id),
        "interaction_metadata": _metadata(core, interaction),
    }
    if interaction.kind == Act.COMMAND:
        return origin | {"type": _FROM_SLASH if interaction.data["type"] == 1 else _FROM_MENU}
    if interaction.source is None:
        return origin
    reference = {"type": 0, "channel_id": str(interaction.channel.id), "message_id": str(interaction.source.id)}
    return origin | {"type": _FROM_COMPONENT, "message_reference": reference}


def _metadata(core: Core, interaction: Interaction) -> Json:
    guild = core.world.guild_of(interaction.channel)
    metadata: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": payloads.user(core.world, interaction.user),
        "authorizing_integration_owners": {"0": "0" if guild is None else str(guild.id)},
    }
    if interaction.kind == Act.COMMAND:
        metadata["command_type"] = interaction.data["type"]
    if interaction.kind == Act.COMPONENT and interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    if interaction.parent is not None:
        metadata["triggering_interaction_metadata"] = _metadata(core, interaction.parent)
    return metadata


def _outcome(core: Core, interaction: Interaction) -> Json:
    reply = interaction.reply
    assert reply is not None
    outcome: Json = {"id": str(interaction.id), "type": interaction.kind}
    if reply.message is None:
        return {"interaction": outcome}
    outcome |= {
        "response_message_id": str(reply.message.id),
        "response_message_loading": reply.message.loading,
        "response_message_ephemeral": reply.message.ephemeral,
    }
    if reply.kind not in {Answered.MESSAGE, Answered.UPDATE}:
        return {"interaction": outcome}
    resource = {"type": reply.kind, "message": core.mailbox.payload(reply.message)}
    return {"interaction": outcome, "resource": resource}


HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"): _callback,
    ("POST", _WEBHOOK): _followup,
    **{
        (method, f"{_WEBHOOK}/messages/{which}"): handler
        for which in ("@original", "{message_id}")
        for method, handler in (("GET", _get), ("PATCH", _edit), ("DELETE", _delete))
    },
}
