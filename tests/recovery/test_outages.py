"""Discord is out of order while images are finished: each of them is shown once, whatever reaches its owner."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Failure, Interaction, Message, User, answered
from tests.discord_server.outages import OUTAGES, begin_outage
from tests.looks import is_done
from tests.programs import Program
from tests.recovery.studio import Studio
from tests.waiting import until

KINDS = {
    **{name: OUTAGES[name] for name in ("silent", "500", "503", "a page", "empty", "half a JSON", "wrong types")},
    "only the answers are lost": Failure(200, body="{", applied=True),
}


def shown(discord: DiscordStandIn, asked: Interaction) -> list[Message]:
    """All messages with the image: the reply, one in the channel, one to the member alone."""
    prompt = asked.message.states[0].content.splitlines()[0]
    others = [one for one in discord.messages() if prompt in one.content]
    found = {asked.message, *others, *discord.messages(discord.direct(asked.user))}
    return [one for one in found if is_done(one) and one.attachments]


@pytest.mark.waits
@pytest.mark.parametrize("kind", KINDS)
async def test_images_that_are_finished_meanwhile_are_all_shown_once(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, kind: str
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    by_token, by_channel, private, direct = asked = [
        await answered(discord.slash("imagine", user=User(name), prompt=f"a fox of {name}", private=alone))
        for name, alone in (("anna", False), ("ben", False), ("carla", True), ("dan", True))
    ]
    await studio.begun(by_token)
    by_channel.expire()
    direct.expire()
    begin_outage(discord, KINDS[kind])
    comfyui.faults.hang_in = None
    await until(lambda: len(studio.executed()) == len(asked))
    # Every result has been sent once at least.
    await until(lambda: len({one.path for one in discord.requests if one.failed and one.files}) == len(asked))
    discord.faults.forget()
    await until(lambda: set(studio.states().values()) == {"done"})
    assert [len(shown(discord, one)) for one in asked] == [1] * len(asked)
    assert [one.attachments != () for one in (by_token.message, by_channel.message, private.message)] == [True] * 3
    assert shown(discord, direct) == list(discord.messages(discord.direct(direct.user)))


@pytest.mark.parametrize("kind", ["silent", "reset", "a page that forbids it", "wrong types", "429 from Cloudflare"])
async def test_a_start_in_the_middle_of_it_waits_for_its_end(
    discord: DiscordStandIn, program: Program, kind: str
) -> None:
    begin_outage(discord, OUTAGES[kind])
    async with program() as bot:
        await bot.says("cannot log in to Discord", 1 if kind == "silent" else 2)
        discord.faults.forget()
        await bot.wait_ready()
        said = bot.log.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert "Unclosed" not in said
