"""What people do: slash commands, buttons, selects, modals, context menus, typing, and messages of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.discord_openapi import component_rules
from tests.discord_server import commands, filling, message_payloads, payloads
from tests.discord_server.commands import NotOffered
from tests.discord_server.core import Core
from tests.discord_server.interactions import Act, Answered, Choice, Interaction
from tests.discord_server.messages import Message, State
from tests.discord_server.modals import Entry, picked_value
from tests.discord_server.payloads import Json
from tests.discord_server.requests import File
from tests.discord_server.resolving import Picked, Resolved, Value
from tests.discord_server.world import Channel, Guild, Permission, Role, User

_NO_OPTIONS: Final[Mapping[str, Value]] = {}
_GUILD_CONTEXT, _DIRECT_CONTEXT, _PRIVATE_CONTEXT = 0, 1, 2
_SOME_GUILD: Final = 77_000_000_000_000_000
"""The guild of foreign channels."""


class Acting:
    """Each act sends its interaction and returns at once; the bot's answer is waited for on what it returns.

    Each raises NotOffered where Discord's client would not let the user do it. Without a `channel` it happens in the
    first channel of the first guild. `reassigned`: names of commands that server admins gave to everybody. `outdated`:
    clients offer every command everywhere, as if they had not heard of the contexts that it declares.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.reassigned: set[str] = set()
        self.outdated = False

    def give_command(self, name: str, guild: Guild, said: Mapping[User | Role, bool]) -> None:
        """A guild's admins say who may use a command, in place of all they said before; the bot hears of it."""
        command = self._core.commands.find_any(name, guild.id)
        told = self._core.command_overwrites.say(guild, int(command["id"]), said)
        self._core.gateway.dispatch("APPLICATION_COMMAND_PERMISSIONS_UPDATE", told, guild.id)

    async def slash(
        self,
        name: str,
        /,
        *,
        user: User,
        channel: Channel | None = None,
        options: Mapping[str, Value] = _NO_OPTIONS,
        **more: Value,
    ) -> Interaction:
        """`name` may lead to a subcommand ("moderate cancel job"); `options` is for names that are taken here."""
        place = self._place(channel)
        found = self._found(name, commands.CHAT_INPUT, user, place)
        resolved = self._resolved(place)
        given = filling.filled(found, {**options, **more}, resolved)
        return self._send(Act.COMMAND, user, place, _command_data(found.command, resolved, {"options": given}))

    async def autocomplete(
        self, name: str, /, *, option: str, value: str, user: User, channel: Channel | None = None, **others: Value
    ) -> list[Choice]:
        """What the user sees after typing `value` into `option`; raises TimeoutError when it is too late for it."""
        place = self._place(channel)
        found = self._found(name, commands.CHAT_INPUT, user, place)
        resolved = self._resolved(place)
        given = filling.typed(found, option, value, others, resolved)
        data = _command_data(found.command, resolved, {"options": given})
        interaction = self._send(Act.AUTOCOMPLETE, user, place, data)
        return list((await interaction.acknowledged(self._core.acknowledge_within)).choices)

    async def context_menu(self, name: str, target: Message, *, user: User) -> Interaction:
        """Of a message, where the message is."""
        place = target.channel
        found = self._found(name, commands.MESSAGE, user, place)
        self._see(target, user)
        resolved = self._resolved(place)
        picked = resolved.message(target, message_payloads.message(self._core.world, target))
        return self._send(Act.COMMAND, user, place, _command_data(found.command, resolved, {"target_id": picked}))

    async def press(self, message: Message, label: str, *, user: User, state: State | None = None) -> Interaction:
        """By label or custom_id; `state`: the press was on its way while the message moved on from there."""
        self._see(message, user)
        buttons = (state or message.state).buttons
        button = next((one for one in buttons if label in {one.label, one.custom_id}), None)
        if button is None:
            raise NotOffered(f"no button {label!r}; {message.describe()}")
        if button.disabled or button.custom_id is None:
            raise NotOffered(f"button {label!r} cannot be pressed: {dict(button.component)}")
        return self._use(message, user, button.component, state=state)

    async def forge(
        self, message: Message, custom_id: str, *, user: User, values: Sequence[str] | None = None
    ) -> Interaction:
        """A press, or with `values` a choice, that nobody offers: from a client that somebody has changed."""
        self._see(message, user)
        kind = component_rules.BUTTON if values is None else min(component_rules.SELECTS)
        data: Json = {} if values is None else {"values": list(values)}
        return self._use(message, user, {"custom_id": custom_id, "type": kind, "id": 1}, data)

    async def forge_form(
        self, custom_id: str, texts: Mapping[str, str], *, user: User, channel: Channel | None = None
    ) -> Interaction:
        """The same with a form: `texts` by the custom_id of their fields."""
        fields = [{"type": 4, "id": 2, "custom_id": name, "value": text} for name, text in texts.items()]
        rows = [{"type": 18, "id": 1, "component": field} for field in fields]
        data: Json = {"custom_id": custom_id, "components": rows}
        return self._send(Act.MODAL_SUBMIT, user, self._place(channel), data)

    async def select(
        self, message: Message, field: str, picked: Sequence[str | Picked], *, user: User, state: State | None = None
    ) -> Interaction:
        """`field`: its placeholder or custom_id; options by label or value; `state`: as with `press`."""
        self._see(message, user)
        shown = component_rules.walk((state or message.state).components)
        selects = [one for one in shown if one["type"] in component_rules.SELECTS]
        found = next((one for one in selects if field in {one.get("placeholder"), one["custom_id"]}), None)
        if found is None or found.get("disabled"):
            raise NotOffered(f"no select {field!r}; there are {[one['custom_id'] for one in selects]}")
        resolved = self._resolved(message.channel)
        values = [picked_value(found, one, resolved) for one in picked]
        fewest, most = found.get("min_values", 1), found.get("max_values", 1)
        if not fewest <= len(values) <= most:
            raise NotOffered(f"select {field!r}: {len(values)} picked, not {fewest} to {most}")
        data: Json = {"values": values} | ({"resolved": resolved.payload} if resolved.payload else {})
        return self._use(message, user, found, data, state)

    async def say(
        self,
        content: str,
        *,
        user: User,
        channel: Channel | None = None,
        files: Sequence[File] = (),
        more: Mapping[str, Any] = _NO_OPTIONS,
    ) -> Message:
        """A message of a user's own. `more` is what only another bot can write: embeds, components."""
        body = {"content": content, "allowed_mentions": {"parse": ["users", "roles"]}, **more}
        self._core.world.meet(user)
        return self._core.mailbox.write(self._place(channel), user, body, dict(enumerate(files)))

    def answered(self, content: str, *, user: User, channel: Channel | None = None) -> Interaction:
        """A command that the bot answered with a message: it happened before anybody who is at work now began."""
        place, core = self._place(channel), self._core
        core.world.meet(user)
        interaction = Interaction(
            Act.COMMAND, user, place, {}, None, None, core.token_lifetime, self._submit, self._describe
        )
        core.interactions[interaction.token] = interaction
        message = core.mailbox.put(State(content), place, core.world.bot)
        interaction.answer(Answered.MESSAGE, message)
        return interaction

    async def _submit(self, interaction: Interaction, entries: Mapping[str, Entry]) -> Interaction:
        resolved = self._resolved(interaction.channel)
        data = interaction.modal.submission(entries, resolved)
        if resolved.payload:
            data["resolved"] = resolved.payload
        return self._send(
            Act.MODAL_SUBMIT, interaction.user, interaction.channel, data, interaction.source, interaction
        )

    def _place(self, channel: Channel | None) -> Channel:
        place = next(iter(self._core.world.guilds.values())).channels[0] if channel is None else channel
        if self._core.world.channel(place.id) is None:
            raise NotOffered(f"there is no channel {place.name!r}")
        return place

    def _resolved(self, place: Channel) -> Resolved:
        return Resolved(self._core.world, place, self._core.mailbox.upload)

    def _found(self, name: str, kind: int, user: User, place: Channel) -> commands.Found:
        guild = self._core.world.guild_of(place)
        found = self._core.commands.find(name, kind, None if guild is None else guild.id)
        command = found.command
        contexts = command["contexts"]
        if contexts is None:
            contexts = [_GUILD_CONTEXT, *([_DIRECT_CONTEXT] if command["dm_permission"] else [])]
        if not self.outdated and self._context(place) not in contexts:
            raise NotOffered(f"{name!r} is not offered here (contexts {contexts})")
        if command["nsfw"] and guild is not None and not place.nsfw:
            raise NotOffered(f"{name!r} is age-restricted, {place.name!r} is not")
        if guild is not None and command["name"] not in self.reassigned:
            self._hold_to_permissions(command, user, place, guild)
        return found

    def _context(self, place: Channel) -> int:
        if place.kind in {"group", "foreign"}:
            return _PRIVATE_CONTEXT if place.kind == "group" else _GUILD_CONTEXT
        return _DIRECT_CONTEXT if self._core.world.guild_of(place) is None else _GUILD_CONTEXT

    def _hold_to_permissions(self, command: Json, user: User, place: Channel, guild: Guild) -> None:
        needed = Permission(int(command["default_member_permissions"] or 0))
        granted = self._core.world.permissions(user, place)
        allowed = self._core.command_overwrites.allows(guild, int(command["id"]), user)
        if granted & Permission.ADMINISTRATOR or allowed:
            return
        if allowed is False or needed & ~granted:
            raise NotOffered(f"{user.name} lacks {needed & ~granted!r} for {command['name']!r}")

    def _see(self, message: Message, user: User) -> None:
        if message.deleted or (message.viewer is not None and message.viewer.id != user.id):
            raise NotOffered(f"{user.name} does not see it: {message.describe()}")

    def _use(
        self,
        message: Message,
        user: User,
        component: Mapping[str, Any],
        more: Json | None = None,
        state: State | None = None,
    ) -> Interaction:
        known = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
        seen = message_payloads.message(self._core.world, message, state)
        return self._send(Act.COMPONENT, user, message.channel, known | (more or {}), message, seen=seen)

    def _send(
        self,
        kind: Act,
        user: User,
        place: Channel,
        data: Json,
        source: Message | None = None,
        parent: Interaction | None = None,
        seen: Json | None = None,
    ) -> Interaction:
        core = self._core
        core.world.meet(user)
        interaction = Interaction(
            kind, user, place, data, source, parent, core.token_lifetime, self._submit, self._describe
        )
        core.interactions[interaction.token] = interaction
        guild = core.world.guild_of(place)
        guild_id = None if guild is None else guild.id
        payload = self._payload(interaction)
        if source is not None:
            payload["message"] = seen or message_payloads.message(core.world, source)
        core.gateway.dispatch("INTERACTION_CREATE", payload, guild_id)
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        world, place = self._core.world, interaction.channel
        guild = world.guild_of(place)
        permissions = world.permissions(interaction.user, place)
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(world.application_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(place.id),
            "channel": payloads.channel(world, place) | {"permissions": str(int(permissions))},
            "app_permissions": str(int(world.bot_permissions(place))),
            "locale": interaction.user.locale,
            "entitlements": [],
            "attachment_size_limit": world.upload_limit(place),
        }
        context = self._context(place)
        if guild is None and context != _GUILD_CONTEXT:
            # Outside of guilds and of the direct messages with the bot, the app is the user's own.
            owners = {"1": str(interaction.user.id)} if context == _PRIVATE_CONTEXT else {"0": "0"}
            user = payloads.user(world, interaction.user)
            return payload | {"user": user, "context": context, "authorizing_integration_owners": owners}
        if guild is None:
            return payload | {
                "guild_id": str(_SOME_GUILD),
                "guild": {"id": str(_SOME_GUILD), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": payloads.member(world, interaction.user, permissions=permissions),
                "context": context,
                "authorizing_integration_owners": {"1": str(interaction.user.id)},
            }
        return payload | {
            "guild_id": str(guild.id),
            "guild": payloads.interaction_guild(guild),
            "guild_locale": guild.locale,
            "member": payloads.member(world, interaction.user, permissions=permissions),
            "context": _GUILD_CONTEXT,
            "authorizing_integration_owners": {"0": str(guild.id)},
        }

    def _describe(self, interaction: Interaction) -> str:
        answered = "not answered" if interaction.reply is None else f"answered with {interaction.reply.kind.name}"
        return f"{interaction.kind.name} {answered}; {self._core.describe()}"


def _command_data(command: Json, resolved: Resolved, more: Json) -> Json:
    data = {"id": command["id"], "name": command["name"], "type": command["type"], **more}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if resolved.payload:
        data["resolved"] = resolved.payload
    return data
