"""The scene of the table in `cells.py`: a bot, its guilds, the people, and what is made for each cell."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.ledger import Act
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
    Message,
    Permission,
    Role,
    State,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.looks import says
from tests.moderating.cells import PEOPLE, Kind, Person
from tests.people import MODERATORS
from tests.programs import ROOT
from tests.waiting import until

ADMINISTRATORS = Role("administrators", Permission.ADMINISTRATOR)
PATIENCE = 30.0
FOX = File("fox.png", picture(Image.new("RGB", (8, 8))))


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
        if person == "thread":
            return self.guild.channel("thread")
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
        made |= {"grid_id": "0" * 24, "seen": "all", "region": "nothing", "form": "main", "guild": "1"}
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
        reporter = User("reporter", locale=self.people["owner"].locale)
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

    async def noted(self, act: Act, times: int) -> None:
        """Until the moderators' log has this act so often: it is written after the answer."""
        await until(lambda: self._times(act) >= times, PATIENCE)

    def _times(self, act: Act) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            (times,) = connection.execute("SELECT count(*) FROM audit WHERE act = ?", (act,)).fetchone()
        return int(times)

    async def added(self, name: str) -> Message:
        before = self._times(Act.WORKFLOW_ADDED)
        given: dict[str, Value] = {"file": json_file(f"{name}.json", txt2img()), "name": name}
        added = await answered(self.discord.slash("workflow add", user=self.people["administrator"], options=given))
        draft = await added.message.until(lambda message: not message.loading, PATIENCE)
        await self.noted(Act.WORKFLOW_ADDED, before + 1)
        return draft

    async def live(self, name: str) -> None:
        draft, before = await self.added(name), self._times(Act.WORKFLOW_LIVE)
        await answered(self.discord.press(draft, "Make it live", user=self.people["administrator"]))
        await draft.until(says("is live"), PATIENCE)
        await self.noted(Act.WORKFLOW_LIVE, before + 1)

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
    async with staged(tmp_path_factory.mktemp("table")) as stage:
        yield stage


@asynccontextmanager
async def staged(
    folder: Path,
    locale: str = "en-US",
    reads: Callable[[Any], Any] | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Stage]:
    """The bot with its people, who all have this locale. `reads` is what they make of what the bot sends (default: what
    it says); `given` are environment variables.
    """
    write(folder / "workflows", "paint", PAINT, PAINT_MANIFEST)
    write(folder / "workflows", "negate", INVERT, INVERT_MANIFEST)
    write(folder / "workflows", "restyle", RESTYLE, RESTYLE_MANIFEST)
    write(folder / "workflows", "enlarge", INVERT, ENLARGE_MANIFEST)
    general = Channel("general")
    guild = Guild("Studio", (general, Channel("other"), Channel("thread", under=general, kind="thread")), locale=locale)
    next_door, busy = Guild("Gallery", locale=locale), Guild("Factory", locale=locale)
    people: dict[Person, User] = {
        **{name: User(name, locale=locale) for name in PEOPLE},
        "moderator": User("moderator", roles=(MODERATORS,), locale=locale),
        "administrator": User("administrator", roles=(ADMINISTRATORS,), locale=locale),
        "neighbour": User("neighbour", roles=(ADMINISTRATORS,), locale=locale),
    }
    people["direct"] = people["owner"]
    models = (CHECKPOINT, "v1-5-pruned-emaonly.safetensors")
    async with DiscordStandIn(guild, next_door, busy) as discord, ComfyUIStandIn(checkpoints=models) as comfyui:
        comfyui.faults.hang_in = "KSampler"
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(folder), "WORKFLOWS_DIR": str(folder / "workflows")}
        env |= {"DIRECT_MESSAGES": "on", **given}
        if reads is not None:
            discord.read_with(reads)
        async with BotProcess(discord, log=folder / "bot.log", env=env, cwd=ROOT).ready() as bot:
            await bot.says(f"{comfyui.url} answers")
            discord.reassigned |= {"moderate", "workflow", "style", "machine", "operator"}
            discord.set_answer_deadline(PATIENCE)
            stage = Stage(discord, guild, next_door, people, folder / "darkroom.db")
            await _prepare(stage, busy.channels[0])
            yield stage


async def _prepare(stage: Stage, busy: Channel) -> None:
    """The ComfyUI is busy, `blocked` is blocked, and there is a workflow, a word and a style of the guild's own."""
    discord, moderator = stage.discord, stage.people["moderator"]
    filler = User("filler", locale=moderator.locale)
    for _ in range(2):
        ordered = await answered(discord.slash("imagine", user=filler, channel=busy, prompt="filling"))
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
    for act in (Act.BLOCKED, Act.WORDS, Act.STYLE):
        await stage.noted(act, 1)


def components(custom_id: str, picked: str | None) -> State:
    """A message with this button, or with a select of one option."""
    common = {"id": 2, "custom_id": custom_id, "label": "it"}
    select = {"type": 3, "placeholder": "it", "options": [{"label": "it", "value": picked}]}
    return State(
        components=({"type": 1, "id": 1, "components": [common | ({"type": 2} if picked is None else select)]},)
    )
