"""**Where is this from?**: what any file says of its origin, in words, to the one who asked and nobody else."""

import json
from collections.abc import Mapping
from typing import Final

import pytest

from bot.pictures import marked
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.lists.pictures import graph, png
from tests.looks import finished
from tests.people import ALICE, BOB
from tests.pictures.ai_mark.files import STREAMS
from tests.pictures.carriers import SIGNATURE, chunk

CAMERA: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
MENU: Final = "Where is this from?"


def with_chunk(kind: bytes, content: bytes) -> bytes:
    plain = png({})
    return plain[: len(SIGNATURE) + 25] + chunk(kind, content) + plain[len(SIGNATURE) + 25 :]


def photo() -> bytes:
    told = f"<i:DigitalSourceType>{CAMERA}</i:DigitalSourceType>"
    return with_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + f"<r:RDF>{told}</r:RDF>".encode())


FILES: Final[Mapping[str, tuple[str, bytes, tuple[str, ...]]]] = {
    "nothing": ("a.png", png({}), ("It doesn’t say where it comes from. That proves nothing",)),
    "the mark": ("a.png", marked(png({})), ("an AI model made it", "prove nothing on their own")),
    "the mark of a film": ("a.mp4", marked(STREAMS["a.mp4"]), ("an AI model made it",)),
    "the mark of a sound": ("a.flac", marked(STREAMS["a.flac"]), ("an AI model made it",)),
    "a photograph": ("a.png", photo(), ("a camera took it",)),
    "signed": ("a.png", with_chunk(b"caBX", b"\0\0\0\0jumb c2pa"), ("Content Credentials (C2PA)",)),
    "ComfyUI's": ("a.png", png({"prompt": json.dumps(graph("a fox"))}), ("It contains a ComfyUI workflow",)),
    "A1111's": (
        "a.png",
        png({"parameters": "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"}),
        ("It contains settings from an image generator",),
    ),
    "damaged": ("a.png", png({})[:30], ("It doesn’t say where it comes from",)),
}


async def test_what_files_say_is_told_in_words(discord: DiscordStandIn, bot: BotProcess) -> None:
    for which, (name, content, wanted) in FILES.items():
        message = await discord.say("look", user=BOB, files=[File(name, content)])
        answer = (await answered(discord.context_menu(MENU, message, user=ALICE))).message
        await answer.until(lambda one: bool(one.content))
        assert answer.ephemeral
        for words in wanted:
            assert words in answer.content, f"{which}: {answer.content}"


async def test_of_its_own_images_the_bot_knows_more(discord: DiscordStandIn, bot: BotProcess) -> None:
    message = await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    answer = (await answered(discord.context_menu(MENU, message, user=BOB))).message
    await answer.until(lambda one: bool(one.content))
    assert f"I made this for <@{ALICE.id}>" in answer.content
    assert "an AI model made it" in answer.content


@pytest.mark.parametrize("text", ["no image"])
async def test_a_message_without_a_file_says_nothing(discord: DiscordStandIn, bot: BotProcess, text: str) -> None:
    message = await discord.say(text, user=BOB)
    answer = (await answered(discord.context_menu(MENU, message, user=ALICE))).message
    assert "has no image attached" in answer.content
