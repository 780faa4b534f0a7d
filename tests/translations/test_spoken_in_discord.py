"""Over the wire: a reply is in the reader's language, a job's message in its owner's, the log in its guild's."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from bot.translation import Language, language_called, language_of
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Channel, DiscordStandIn, Guild, Permission, Role, User, answered
from tests.looks import is_done
from tests.recovery.studio import Studio, job_of

GERMAN, FRENCH, PORTUGUESE = map(language_called, ("de", "fr", "pt_BR"))
MODERATORS: Final = Role("Moderators", Permission.MANAGE_MESSAGES)
HANNA: Final = User("Hanna", locale="de")
MANON: Final = User("Manon", (MODERATORS,), locale="fr")
STAFF: Final = Channel("staff")


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), STAFF), (MODERATORS,), locale="pt-BR"),)


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path) as studio:
        yield studio


def said(language: Language, text: str) -> str:
    """The translation, up to its first value."""
    translated = language.texts.gettext(text)
    assert translated != text
    return translated.partition("{")[0].strip()


async def test_a_jobs_message_is_its_owners_whoever_ends_it_and_after_a_restart(
    studio: Studio, discord: DiscordStandIn
) -> None:
    (comfyui,) = studio.comfyuis
    comfyui.faults.hang_in = "VAEDecode"
    first = await discord.slash("imagine", user=HANNA, options={"prompt": "ein Fuchs"})
    await first.acknowledged()
    await studio.begun(first)
    waiting = await discord.slash("imagine", user=HANNA, options={"prompt": "ein Hund"})
    await waiting.acknowledged()
    assert said(GERMAN, "Cancel") in [button.label for button in waiting.message.state.buttons]
    await studio.restart()
    cancelled = await discord.slash("moderate cancel", user=MANON, options={"job": job_of(waiting)})
    await cancelled.acknowledged()
    await waiting.message.until(lambda message: "🛑" in message.content)
    assert said(GERMAN, "🛑 Cancelled by {who}") in waiting.message.content
    comfyui.faults.hang_in = None
    await first.message.until(is_done)
    assert said(GERMAN, "Recipe") in [button.label for button in first.message.state.buttons]


async def test_a_reply_is_in_the_language_of_who_pressed(studio: Studio, discord: DiscordStandIn) -> None:
    order = await discord.slash("imagine", user=HANNA, options={"prompt": "ein Fuchs"})
    await order.acknowledged()
    await order.message.until(is_done)
    pressed = await discord.press(order.message, said(GERMAN, "Delete"), user=User("Paul", locale="fr"))
    await pressed.acknowledged()
    assert pressed.message.content in {FRENCH.texts.gettext(text) for text in texts_of(FRENCH)}


def texts_of(language: Language) -> Iterator[str]:
    return (text for text in language.texts._catalog if isinstance(text, str) and text)  # type: ignore[attr-defined]  # noqa: SLF001


async def test_the_log_is_in_the_language_of_its_guild(studio: Studio, discord: DiscordStandIn) -> None:
    chosen = await answered(discord.slash("moderate audit", user=MANON, options={"channel": STAFF}))
    await chosen.message.until(lambda message: not message.loading)
    paused = await discord.slash("moderate pause", user=MANON)
    await paused.acknowledged()
    sentence = said(PORTUGUESE, "{actor} paused the queue") or PORTUGUESE.texts.gettext("{actor} paused the queue")
    end = sentence.rpartition("}")[2]
    await discord.until(lambda: any(end in message.content for message in discord.messages(STAFF)))
    # The moderator reads French.
    word = {"kind": "word", "text": "zebra", "action": "refuse"}
    added = await discord.slash("moderate words add", user=MANON, options=word)
    await added.acknowledged()
    rule = PORTUGUESE.texts.gettext("{kind} “{text}”: {action}")
    kind, action = map(PORTUGUESE.texts.gettext, ("word", "refuse"))
    shown = rule.format(kind=kind, text="zebra", action=action)
    await discord.until(lambda: any(shown in message.content for message in discord.messages(STAFF)))
    greeting = PORTUGUESE.texts.gettext("I post every moderator action and every refusal in {channel}.")
    assert any(greeting.partition("{")[0] in message.content for message in discord.messages(STAFF))


async def test_commands_are_described_in_six_languages(studio: Studio, discord: DiscordStandIn) -> None:
    wanted = {"de", "fr", "es-ES", "es-419", "pt-BR", "ja", "ko"}
    for command in discord.commands():
        for described in walked(command):
            name, text = f"{command['name']} {described['name']}", described["description"]
            localized = described.get("description_localizations") or {}
            assert localized.keys() == wanted, name
            assert not re.search(r"…$", "".join(localized.values())), name
            assert all(len(one) <= 100 for one in localized.values()), name
            assert text not in localized.values() or len(text) < 12, name
            for choice in described.get("choices") or ():
                shown = {locale: choice["name_localizations"].get(locale, choice["name"]) for locale in wanted}
                translated = {locale: language_of(locale).texts.gettext(choice["name"]) for locale in wanted}
                assert shown == {locale: " ".join(text.split()) for locale, text in translated.items()}, name
                assert all(0 < len(one) <= 100 for one in shown.values()), name


def walked(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The command, its subcommands and its options, where they have a description."""
    if command.get("description"):
        yield command
    for option in command.get("options") or ():
        yield from walked(option)
