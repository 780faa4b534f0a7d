"""The bot itself, its commands, its gateway, and the guilds, members and users it may ask about."""

from typing import Final

from tests.discord_server import payloads
from tests.discord_server.core import Answer, Core, Handler
from tests.discord_server.gateway import GUILDS
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import Call
from tests.discord_server.world import EVERYONE, Guild, User

_COMMANDS: Final = "/applications/{application_id}/commands"
_GUILD_COMMANDS: Final = "/applications/{application_id}/guilds/{guild_id}/commands"


def _own_user(core: Core, _: Call) -> Answer:
    return Answer(200, payloads.own_user(core.world))


def _application(core: Core, _: Call) -> Answer:
    return Answer(200, payloads.application(core.world))


def _gateway(core: Core, call: Call) -> Answer:
    return Answer(200, {"url": f"{core.gateway.url}/{call.request.process}/gateway"})


def _gateway_bot(core: Core, call: Call) -> Answer:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
    url = f"{core.gateway.url}/{call.request.process}/gateway"
    return Answer(200, {"url": url, "shards": core.shards, "session_start_limit": limit})


def _own_guilds(core: Core, _: Call) -> Answer:
    guilds = [payloads.guild(core.world, guild) for guild in core.world.guilds.values()]
    kept = ("id", "name", "icon", "banner", "features")
    own = {"owner": False, "permissions": str(int(EVERYONE))}
    return Answer(200, [{name: guild[name] for name in kept} | own for guild in guilds])


def _leave_guild(core: Core, call: Call) -> Answer:
    guild = _found_guild(core, call)
    del core.world.guilds[guild.id]
    core.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id, GUILDS)
    return Answer(204)


def _guild(core: Core, call: Call) -> Answer:
    return Answer(200, payloads.guild(core.world, _found_guild(core, call)))


def _guild_channels(core: Core, call: Call) -> Answer:
    guild = _found_guild(core, call)
    return Answer(200, [payloads.channel(core.world, one) for one in core.world.channels(guild)])


def _guild_roles(core: Core, call: Call) -> Answer:
    return Answer(200, payloads.guild(core.world, _found_guild(core, call))["roles"])


def _member(core: Core, call: Call) -> Answer:
    guild = _found_guild(core, call)
    if (guild.id, call.id("user_id")) in core.world.left:
        raise ApiError(Refusal.UNKNOWN_MEMBER)
    return Answer(200, payloads.member(core.world, _found_user(core, call, Refusal.UNKNOWN_MEMBER)))


def _user(core: Core, call: Call) -> Answer:
    return Answer(200, payloads.user(core.world, _found_user(core, call, Refusal.UNKNOWN_USER)))


def _direct_channel(core: Core, call: Call) -> Answer:
    user = core.world.users.get(int(call.body["recipient_id"]))
    if user is None:
        raise ApiError(Refusal.UNKNOWN_USER)
    return Answer(200, payloads.channel(core.world, core.world.direct_channel(user)))


def _list_commands(core: Core, call: Call) -> Answer:
    localizations = call.query.get("with_localizations", "").lower() in {"1", "true"}
    return Answer(200, core.commands.listed(_scope(core, call), localizations=localizations))


def _overwrite_commands(core: Core, call: Call) -> Answer:
    return Answer(200, core.commands.overwrite(_scope(core, call), call.body or []))


def _add_command(core: Core, call: Call) -> Answer:
    command, new = core.commands.add(_scope(core, call), call.body)
    return Answer(201 if new else 200, command)


def _get_command(core: Core, call: Call) -> Answer:
    return Answer(200, core.commands.get(_scope(core, call), call.id("command_id")))


def _edit_command(core: Core, call: Call) -> Answer:
    return Answer(200, core.commands.edit(_scope(core, call), call.id("command_id"), call.body))


def _remove_command(core: Core, call: Call) -> Answer:
    core.commands.remove(_scope(core, call), call.id("command_id"))
    return Answer(204)


def _command_permissions(core: Core, call: Call) -> Answer:
    _scope(core, call)
    return Answer(200, core.command_overwrites.listed(call.id("guild_id")))


def _scope(core: Core, call: Call) -> int | None:
    if call.id("application_id") != core.world.application_id:
        raise ApiError(Refusal.MISSING_ACCESS)
    return None if "guild_id" not in call.ids else _found_guild(core, call).id


def _found_guild(core: Core, call: Call) -> Guild:
    try:
        return core.world.guilds[call.id("guild_id")]
    except KeyError:
        raise ApiError(Refusal.UNKNOWN_GUILD) from None


def _found_user(core: Core, call: Call, refusal: Refusal) -> User:
    try:
        return core.world.users[call.id("user_id")]
    except KeyError:
        raise ApiError(refusal) from None


HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    ("GET", "/users/@me"): _own_user,
    ("GET", "/users/@me/guilds"): _own_guilds,
    ("DELETE", "/users/@me/guilds/{guild_id}"): _leave_guild,
    ("GET", "/users/{user_id}"): _user,
    ("POST", "/users/@me/channels"): _direct_channel,
    ("GET", "/applications/@me"): _application,
    ("GET", "/oauth2/applications/@me"): _application,
    ("GET", "/gateway"): _gateway,
    ("GET", "/gateway/bot"): _gateway_bot,
    ("GET", "/guilds/{guild_id}"): _guild,
    ("GET", "/guilds/{guild_id}/channels"): _guild_channels,
    ("GET", "/guilds/{guild_id}/roles"): _guild_roles,
    ("GET", "/guilds/{guild_id}/members/{user_id}"): _member,
    ("GET", f"{_GUILD_COMMANDS}/permissions"): _command_permissions,
    **{
        (method, f"{scope}{tail}"): handler
        for scope in (_COMMANDS, _GUILD_COMMANDS)
        for method, tail, handler in (
            ("GET", "", _list_commands),
            ("PUT", "", _overwrite_commands),
            ("POST", "", _add_command),
            ("GET", "/{command_id}", _get_command),
            ("PATCH", "/{command_id}", _edit_command),
            ("DELETE", "/{command_id}", _remove_command),
        )
    },
}
