"""`/moderate channels`: where the bot works, with which workflows, and how it shows images there."""

from collections.abc import Sequence
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.rules.channel_options import Place
from bot.discord_ui.moderation.rules.deleted_channels import deleted_channels
from bot.ledger import Act, ChannelRules, Entry
from bot.messages import as_many_as_fit, shown_prompt
from bot.moderation.moderator import Moderator, Outcome
from bot.translation import N_, _, listed
from bot.workflows import Library, Pack

_ANY: Final = "all"
_NO_RULES: Final = N_("No channel rules yet: the bot works wherever its commands are allowed.")
_UNKNOWN: Final = N_("There’s no workflow “{name}” here. Pick one of the suggestions, or write `all`.")
_NO_CHANGE: Final = N_("Choose at least one of `use`, `workflows`, `spoiler` and `previews`.")

_SOME_DELETED: Final = N_("`/moderate channels clear` without a channel removes the rules for deleted channels.")
_NONE_DELETED: Final = N_("No deleted channel has rules. Choose the `channel` whose rules to remove.")

_CHOICES: Final = (N_("allow"), N_("deny"), N_("unset"), N_("yes"), N_("no"))
"""The choices as members read them: `core.commands.localizations` looks their names up."""

Use = Literal["allow", "deny", "unset"]
Choice = Literal["yes", "no", "unset"]
_USES: Final = {"allow": True, "deny": False, "yes": True, "no": False, "unset": None}


def channel_commands() -> app_commands.Group:
    """The commands, ready to be added to `/moderate`."""
    group = app_commands.Group(
        name="channels", description=N_("Set where the bot works, and how it shows images there")
    )

    @group.command(name="set", description=N_("Set the rules for a channel, or for all channels of a category"))
    @app_commands.describe(
        channel=N_("Channel or category"),
        use=N_("Whether the bot works there. Once one channel is allowed, it works in allowed channels only"),
        workflows=N_("Workflows that are allowed there, comma-separated (all: any workflow)"),
        spoiler=N_("Whether images appear behind a spoiler"),
        previews=N_("Whether previews are shown while an image is generated"),
    )
    @app_commands.autocomplete(workflows=_suggest_workflows)
    async def set_(
        interaction: discord.Interaction[Darkroom],
        channel: Place,
        use: Use | None = None,
        workflows: app_commands.Range[str, 1, 1000] | None = None,
        spoiler: Choice | None = None,
        previews: Choice | None = None,
    ) -> None:
        given = {"allowed": use, "spoiler": spoiler, "previews": previews}
        changes: dict[str, object] = {name: _USES[word] for name, word in given.items() if word is not None}
        if workflows is not None:
            packs = interaction.client.library.visible(interaction.guild_id)
            chosen, unknown = chosen_workflows(packs, workflows)
            if unknown is not None:
                await tell(interaction, _(_UNKNOWN).format(name=shown_prompt(unknown, 60)))
                return
            changes["workflows"] = chosen
        if not changes:
            await tell(interaction, _(_NO_CHANGE))
            return
        await carry_out(interaction, lambda moderator: _change(moderator, channel.id, changes))

    @group.command(name="clear", description=N_("Remove the rules for a channel or a category"))
    @app_commands.describe(channel=N_("Channel or category (empty: channels that were deleted)"))
    async def clear(interaction: discord.Interaction[Darkroom], channel: Place | None = None) -> None:
        if channel is None:
            await carry_out(interaction, lambda moderator: _clear_deleted(interaction.client, moderator))
        else:
            await carry_out(interaction, lambda moderator: _clear(moderator, channel.id))

    @group.command(name="list", description=N_("Show the rules for all channels and categories"))
    async def list_(interaction: discord.Interaction[Darkroom]) -> None:
        await carry_out(interaction, lambda moderator: _show(interaction.client, moderator))

    return group


def chosen_workflows(packs: Sequence[Pack], text: str) -> tuple[list[str] | None, str | None]:
    """The workflows that a list of titles or names means (None: any workflow), and the first entry that means none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if [name.casefold() for name in names] == [_ANY]:
        return None, None
    known = {key.casefold(): pack.name for pack in packs for key in (pack.title, pack.name)}
    unknown = next((name for name in names if name.casefold() not in known), None)
    if unknown is not None or not names:
        return None, unknown or text
    return list(dict.fromkeys(known[name.casefold()] for name in names)), None


async def _change(moderator: Moderator, channel_id: int, changes: dict[str, object]) -> Outcome:
    guild_id = moderator.guild_id

    def entry(rules: ChannelRules) -> Entry:
        return Entry(guild_id, Act.CHANNEL, moderator.user_id, detail=_described(rules, moderator.library))

    noted = await moderator.in_guilds_language(entry)
    now = await moderator.ledger.rules.change_channel(guild_id, channel_id, entry=noted, **changes)
    return Outcome(_described(now, moderator.library))


async def _clear(moderator: Moderator, channel_id: int) -> Outcome:
    entry = await moderator.entry(Act.CHANNEL, detail=lambda: f"<#{channel_id}>: {_('no rules')}")
    if not await moderator.ledger.rules.forget_channel(moderator.guild_id, channel_id, entry=entry):
        return Outcome(_("There are no rules for {channel}.").format(channel=f"<#{channel_id}>"))
    return Outcome(_("Removed the rules for {channel}.").format(channel=f"<#{channel_id}>"))


async def _clear_deleted(bot: Darkroom, moderator: Moderator) -> Outcome:
    """Remove the rules of deleted channels: no option of a command can name those."""
    channels = (await moderator.ledger.rules.book(moderator.guild_id)).channels
    said = [
        (await _clear(moderator, one)).said for one in sorted(await deleted_channels(bot, moderator.guild_id, channels))
    ]
    return Outcome(as_many_as_fit(said) if said else _(_NONE_DELETED))


async def _show(bot: Darkroom, moderator: Moderator) -> Outcome:
    rules = (await moderator.ledger.rules.book(moderator.guild_id)).channels
    channels = rules.values()
    if not channels:
        return Outcome(_(_NO_RULES))
    deleted = await deleted_channels(bot, moderator.guild_id, rules)
    lines = [
        f"{_described(one, moderator.library)}{' · ' + _('deleted channel') if one.channel_id in deleted else ''}"
        for one in channels
    ]
    if deleted:
        lines.append(f"-# {_(_SOME_DELETED)}")
    if any(one.allowed for one in channels):
        lines.append(f"-# {_('The bot works in allowed channels only.')}")
    return Outcome(as_many_as_fit(lines))


def _described(rules: ChannelRules, library: Library) -> str:
    facts = [] if rules.allowed is None else [_("allowed") if rules.allowed else _("not allowed")]
    if rules.workflows is not None:
        titles = listed(shown_prompt(library.title_of(key), 40) for key in rules.workflows)
        facts.append(_("only {workflows}").format(workflows=titles))
    if rules.spoiler is not None:
        facts.append(_("images behind a spoiler") if rules.spoiler else _("no spoilers"))
    if rules.previews is not None:
        facts.append(_("with previews") if rules.previews else _("no previews"))
    return f"<#{rules.channel_id}>: {' · '.join(facts) or _('no rules')}"


async def _suggest_workflows(
    interaction: discord.Interaction[Darkroom], current: str
) -> list[app_commands.Choice[str]]:
    """Choices that complete the last name of a comma-separated list."""
    if not await moderates(interaction):
        return []
    before, _comma, last = current.rpartition(",")
    kept = f"{before.strip()}, " if before.strip() else ""
    packs = interaction.client.library.visible(interaction.guild_id)
    titles = {pack.name: pack.title for pack in packs}
    shown = "".join(f"{titles.get(name.strip(), name.strip())}, " for name in before.split(",") if name.strip())
    chosen = {name.strip().casefold() for name in before.split(",")}
    left = [pack for pack in packs if chosen.isdisjoint({pack.name.casefold(), pack.title.casefold()})]
    named = [(pack.title, pack.name) for pack in left] + ([] if kept else [(_("All workflows"), _ANY)])
    wanted = last.strip().casefold()
    choices = [
        app_commands.Choice(name=f"{shown}{title}", value=f"{kept}{name}")
        for title, name in named
        if wanted in title.casefold() or wanted in name.casefold()
    ]
    # Discord limits the length of a choice. A longer list can still be typed.
    return [one for one in choices if len(one.name) <= CHOICE and len(one.value) <= CHOICE][:CHOICES]
