"""Every command, autocomplete, button, select and form, used by everybody: the table in `cells.py`, cell by cell."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.discord_ui import FEATURES
from bot.discord_ui.core.routing import Router
from tests.administering.conftest import json_file
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import CHECKPOINT, txt2img
from tests.commands.packs import (
    ENLARGE_MANIFEST,
    INVERT,
    INVERT_MANIFEST,
    PAINT,
    PAINT_MANIFEST,
    RESTYLE,
    RESTYLE_MANIFEST,
    picture,
    write,
)
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    File,
    Guild,
    Interaction,
    Message,
    NotOffered,
    Permission,
    Role,
    State,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.looks import says
from tests.moderating.cells import (
    COMMANDS,
    FORM,
    FORMS,
    HIDDEN,
    MENUS,
    NOTHING,
    PEOPLE,
    PRESSES,
    TYPINGS,
    Command,
    Form,
    Kind,
    Menu,
    Person,
    Press,
    Typing,
)
from tests.people import MODERATORS
from tests.programs import ROOT
from tests.waiting import until

ADMINISTRATORS = Role("administrators", Permission.ADMINISTRATOR)
PATIENCE = 30.0
FOX = File("fox.png", picture(Image.new("RGB", (8, 8))))


# One bot for all rows, in their order: some of them change what the guild has.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("table")]


@dataclass(frozen=True, slots=True)
class Stage:
    """A bot in three guilds: the one where the people of the table are, the neighbour's, and one that keeps the
    ComfyUI busy.
    """

    discord: DiscordStandIn
    guild: Guild
    next_door: Guild
    people: Mapping[Person, User]
    database: Path
    under: dict[int, Message] = field(default_factory=dict)
    """Channel -> the message under which everything is pressed in this cell."""

    def place(self, person: Person) -> Channel:
        if person == "direct":
            return self.discord.direct(self.people["owner"])
        return (self.next_door if person == "neighbour" else self.guild).channels[0]

    async def clear(self) -> None:
        """Nothing that was pressed before has changed what is pressed next."""
        for place in {self.place(person) for person in PEOPLE}:
            self.under[place.id] = await self.discord.say("here", user=self.people["owner"], channel=place, files=[FOX])

    async def made_for(
        self, text: str, of: Kind = "picture", asked: Person = "owner"
    ) -> tuple[dict[str, str], list[Message]]:
        """What is made for a cell in which this text stands, by its name there; and messages to look at as well."""
        made = {"name": "doomed", "page": "0", "what": "it", "sure": "yes", "asked": "0_0_0_0", "since": "1"}
        made |= {"which": "back", "again": "again", "way": "vary", "number": "1"}
        # Nobody has this grid, and no such region of an image was chosen.
        made |= {"grid_id": "0" * 24, "seen": "all", "region": "nothing", "form": "main"}
        if any(one in text for one in ("{job_id}", "{owner}", "moderate:all")):
            ordered = await self.ordered(of)
            # Nobody was asked: a key that nothing is kept under.
            made |= {"job_id": _carried(ordered), "key": "0" * 24}
            if "report-" in text:
                await self.reported(made["job_id"])
            return made, [ordered]
        if "{key}" in text:
            return made | {"key": await self.key(text, asked)}, []
        if "{draft_id}" in text:
            return made | {"draft_id": _carried(await self.added("trial"))}, []
        if "workflow:remove:" in text:
            await self.live("doomed")
        return made, []

    async def ordered(self, of: Kind = "picture", prompt: str = "the owner's image") -> Message:
        prompt += " of a unicorn" if of == "hidden" else ""
        options: dict[str, Value] = {"prompt": prompt, "private": of == "private"}
        ordered = await self.discord.slash("imagine", user=self.people["owner"], options=options)
        await ordered.acknowledged(PATIENCE)
        return ordered.message

    async def reported(self, job_id: str) -> None:
        shown = components(f"darkroom:report:{job_id}", None)
        reporter = User("reporter")
        here = self.under[self.guild.channels[0].id]
        reported = await self.discord.press(here, "it", user=reporter, state=shown)
        await reported.acknowledged(PATIENCE)
        await reported.message.until(lambda message: not message.loading, PATIENCE)

    async def key(self, text: str, person: Person) -> str:
        """That of the question which image, or what is to be done with it."""
        place, user = self.place(person), self.people[person]
        files = [FOX] * (2 if "input:picture" in text else 1)
        message = await self.discord.say("look", user=user, channel=place, files=files)
        asked = await self.discord.context_menu("Use as input", message, user=user)
        await asked.acknowledged(PATIENCE)
        return str(asked.message.components[0]["components"][0]["custom_id"]).rpartition(":")[2]

    async def added(self, name: str) -> Message:
        given: dict[str, Value] = {"file": json_file(f"{name}.json", txt2img()), "name": name}
        added = await answered(self.discord.slash("workflow add", user=self.people["administrator"], options=given))
        return await added.message.until(lambda message: not message.loading, PATIENCE)

    async def live(self, name: str) -> None:
        draft = await self.added(name)
        await answered(self.discord.press(draft, "Make it live", user=self.people["administrator"]))
        await draft.until(says("is live"), PATIENCE)

    def value(self, given: object, made: Mapping[str, str]) -> Any:  # noqa: ANN401 - of as many types as options have
        """What stands for a name in a command's options."""
        match given:
            case "{user}":
                return User("somebody", id=4)
            case "{owner}":
                return self.people["owner"]
            case "{channel}":
                return self.guild.channels[1]
            case "{picture}":
                return FOX
            case "{graph}":
                return json_file("brought.json", txt2img())
            case "{empty}":
                return File("styles.csv", b"")
            case str():
                return given.format(**made)
            case _:
                return given


def _carried(message: Message) -> str:
    """The id that the message's buttons carry."""
    return str(message.buttons[0].custom_id).rpartition(":")[2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("table")
    write(folder / "workflows", "paint", PAINT, PAINT_MANIFEST)
    write(folder / "workflows", "negate", INVERT, INVERT_MANIFEST)
    write(folder / "workflows", "restyle", RESTYLE, RESTYLE_MANIFEST)
    write(folder / "workflows", "enlarge", INVERT, ENLARGE_MANIFEST)
    guild = Guild("Studio", (Channel("general"), Channel("other")))
    next_door, busy = Guild("Gallery"), Guild("Factory")
    people: dict[Person, User] = {
        **{name: User(name) for name in PEOPLE},
        "moderator": User("moderator", roles=(MODERATORS,)),
        "administrator": User("administrator", roles=(ADMINISTRATORS,)),
        "neighbour": User("neighbour", roles=(ADMINISTRATORS,)),
    }
    people["direct"] = people["owner"]
    models = (CHECKPOINT, "v1-5-pruned-emaonly.safetensors")
    async with DiscordStandIn(guild, next_door, busy) as discord, ComfyUIStandIn(checkpoints=models) as comfyui:
        comfyui.faults.hang_in = "KSampler"
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(folder), "WORKFLOWS_DIR": str(folder / "workflows")}
        async with BotProcess(discord, log=folder / "bot.log", env=env, cwd=ROOT).ready() as bot:
            await bot.says(f"{comfyui.url} answers")
            discord.reassigned |= {"moderate", "workflow", "style", "machine"}
            discord.set_answer_deadline(PATIENCE)
            stage = Stage(discord, guild, next_door, people, folder / "darkroom.db")
            await _prepare(stage, busy.channels[0])
            yield stage


async def _prepare(stage: Stage, busy: Channel) -> None:
    """The ComfyUI is busy, `blocked` is blocked, and there is a workflow, a word and a style of the guild's own."""
    discord, moderator = stage.discord, stage.people["moderator"]
    for _ in range(2):
        ordered = await answered(discord.slash("imagine", user=User("filler"), channel=busy, prompt="filling"))
        await ordered.message.until(lambda message: "🕓 Up next" in message.content or "🎨" in message.content)
    await stage.live("spare")
    blocked = await discord.slash("moderate block", user=moderator, options={"user": stage.people["blocked"]})
    word = {"kind": "word", "text": "unicorn", "action": "hold"}
    added = await discord.slash("moderate words add", user=moderator, options=word)
    form = await answered(discord.slash("style add", user=moderator, options={"name": "Fancy"}))
    saved = await answered(form.submit({"text": "fancy"}))
    assert "Saved" in saved.message.content
    for asked in (blocked, added):
        await asked.acknowledged(PATIENCE)
        await asked.message.until(lambda message: not message.loading)


class Heard:
    """Everything a person reads from now on: in the answers to an act, and in messages that change."""

    def __init__(self, watched: list[Message]) -> None:
        self._watched = [(message, len(message.states)) for message in watched]

    def texts(self, asked: Interaction) -> Iterator[str]:
        reply = asked.reply
        if reply is not None and reply.modal is not None:
            yield FORM
        seen = asked.followups + ([reply.message] if reply is not None and reply.message is not None else [])
        already = {message.id: number for message, number in self._watched}
        for message in chain(seen, (message for message, _ in self._watched)):
            yield from (state.text for state in message.states[already.get(message.id, 0) :])

    async def hears(self, piece: str, asked: Interaction) -> None:
        await asked.acknowledged(PATIENCE)
        try:
            await until(lambda: not piece or any(piece in text for text in self.texts(asked)), PATIENCE)
        except TimeoutError:
            pytest.fail(f"told {list(self.texts(asked))}, not {piece!r}", pytrace=False)


def components(custom_id: str, picked: str | None) -> State:
    """A message with this button, or with a select of one option."""
    common = {"id": 2, "custom_id": custom_id, "label": "it"}
    select = {"type": 3, "placeholder": "it", "options": [{"label": "it", "value": picked}]}
    return State(
        components=({"type": 1, "id": 1, "components": [common | ({"type": 2} if picked is None else select)]},)
    )


async def use(
    stage: Stage, row: Command | Menu | Press, person: Person, made: Mapping[str, str], of_owner: Message | None
) -> Interaction:
    discord, user, place = stage.discord, stage.people[person], stage.place(person)
    if isinstance(row, Command):
        options = {name: stage.value(given, made) for name, given in row.options.items()}
        return await discord.slash(row.name, user=user, channel=place, options=options)
    under = stage.under[place.id]
    if isinstance(row, Menu):
        here = of_owner is not None and of_owner.channel == place
        return await discord.context_menu(row.name, of_owner if of_owner and here else under, user=user)
    picked = None if row.picked is None else row.picked.format(**made)
    # The image is there as the message's own, and as one of several in a question.
    thumbnail = {"title": "1", "thumbnail": {"url": under.attachments[0].url}}
    shown = replace(
        components(row.custom_id.format(**made), picked), attachments=under.attachments, embeds=(thumbnail,)
    )
    if picked is not None:
        return await discord.select(under, "it", [picked], user=user, state=shown)
    return await discord.press(under, "it", user=user, state=shown)


async def _cell(stage: Stage, row: Command | Menu | Press | Form, person: Person) -> None:
    await stage.clear()
    asked: Person = person if isinstance(row, Press) and row.asked else "owner"
    made, watched = await stage.made_for(named_in(row), getattr(row, "of", "picture"), asked)
    of_owner = watched[0] if watched else None
    watched = [*watched, stage.under[stage.place(person).id]]
    expected, heard = row.told[person], Heard(watched)
    try:
        asked_for = await (
            sent(stage, row, person, made) if isinstance(row, Form) else use(stage, row, person, made, of_owner)
        )
    except NotOffered:
        assert expected == HIDDEN
        return
    assert expected != HIDDEN
    await heard.hears(expected, asked_for)
    if "🛑" not in expected and "job_id" in made:
        assert not any("🛑 Cancelled" in state.text for state in watched[0].states), f"{person} has cancelled it"
    if "🗑️" not in expected and "job_id" in made:
        assert not watched[0].deleted, f"{person} has deleted it"


def named_in(row: Command | Menu | Press | Form) -> str:
    match row:
        case Menu():
            return "{job_id}"
        case Command():
            return " ".join(map(str, row.options.values()))
        case Press():
            return f"{row.custom_id} {row.picked}"
        case Form():
            return row.custom_id


async def sent(stage: Stage, row: Form, person: Person, made: Mapping[str, str]) -> Interaction:
    """A form that one person opened, submitted by somebody else from where they are."""
    opened = await use(stage, row.opened_by, row.opener, made, None)
    await opened.acknowledged(PATIENCE)
    assert opened.reply is not None
    form = replace(opened.modal, custom_id=row.custom_id.format(**made))
    place = stage.place(person)
    source = None if opened.source is None else stage.under[place.id]
    theirs = replace(
        opened, user=stage.people[person], channel=place, source=source, reply=replace(opened.reply, modal=form)
    )
    return await theirs.submit(row.entries)


@pytest.mark.parametrize(
    "row", [*COMMANDS, *MENUS, *PRESSES, *FORMS], ids=lambda row: getattr(row, "name", None) or row.custom_id
)
async def test_everybody_is_told_what_the_table_says(stage: Stage, row: Command | Menu | Press | Form) -> None:
    faults = []
    for person in PEOPLE:
        try:
            await _cell(stage, row, person)
        except (AssertionError, pytest.fail.Exception, TimeoutError) as fault:
            faults.append(f"{person}: {type(fault).__name__} {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("row", TYPINGS, ids=lambda row: f"{row.name} {row.option}")
async def test_everybody_is_suggested_what_the_table_says(stage: Stage, row: Typing) -> None:
    # Other images have been ordered again by others meanwhile.
    await stage.ordered(prompt="suggested")

    async def suggested(person: Person) -> str:
        try:
            choices = await stage.discord.autocomplete(
                row.name, option=row.option, value=row.text, user=stage.people[person], channel=stage.place(person)
            )
        except NotOffered:
            return HIDDEN
        return "; ".join(choice.name for choice in choices) or NOTHING

    told = dict(zip(PEOPLE, await asyncio.gather(*map(suggested, PEOPLE)), strict=True))
    assert {person: row.told[person] in told[person] for person in PEOPLE} == dict.fromkeys(PEOPLE, True), told


async def test_the_table_is_complete(stage: Stage) -> None:
    leaves = [leaf for command in stage.discord.commands() for leaf in _leaves(command, command["name"])]
    assert {name for name, _ in leaves} == {row.name for row in (*COMMANDS, *MENUS)}
    typed = {(name, option["name"]) for name, options in leaves for option in options if option.get("autocomplete")}
    assert typed == {(row.name, row.option) for row in TYPINGS}
    assert set(Router(FEATURES).handlers) == {row.custom_id for row in (*PRESSES, *FORMS)}


def _leaves(command: Mapping[str, Any], name: str) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    options = command.get("options") or []
    below = [one for one in options if one["type"] in {1, 2}]
    if not below:
        yield name, options
    for one in below:
        yield from _leaves(one, f"{name} {one['name']}")
