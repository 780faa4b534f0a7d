"""One cell of the table in `cells.py`: a person uses something, and reads what the cell says."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

import pytest

from tests.discord_server import Interaction, Message, NotOffered
from tests.moderating.cells import FORM, HIDDEN, Command, Form, Menu, Person, Press
from tests.moderating.stage import PATIENCE, Stage, components
from tests.waiting import until


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


async def cell(stage: Stage, row: Command | Menu | Press | Form, person: Person) -> None:
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
