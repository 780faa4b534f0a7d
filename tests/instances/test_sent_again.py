"""The gateway sends every event twice: each interaction is handled once, and nobody reads of an error."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Interaction
from tests.looks import finished, is_done
from tests.people import ALICE, BOB, MONA
from tests.waiting import until


async def test_what_discord_sends_again_is_done_once(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    discord.gateway.repeats = True
    image = await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    asked: list[Interaction] = [
        await discord.press(image, "Again", user=ALICE),
        await discord.press(image, "Report", user=BOB),
        await discord.slash("moderate block", user=MONA, options={"user": BOB}),
        await discord.slash("queue", user=ALICE),
    ]
    edit = await discord.press(image, "Edit", user=ALICE)
    await edit.acknowledged()
    asked.append(await edit.submit({"prompt": "a hare"}))
    for one in asked:
        await one.acknowledged()
    await asked[0].message.until(is_done)
    await asked[-1].message.until(is_done)
    # Each of them came again before this one.
    await finished(discord.slash("imagine", user=ALICE, prompt="the last one"))
    await until(lambda: all(not one.message.loading for one in asked))
    assert len(comfyui.submitted) == 4
    assert not [request for request in discord.requests if (request.status or 0) >= 400]
    assert not any(one.followups for one in [*asked, edit])
    assert "another program" not in bot.log.read_text(encoding="utf-8").lower()
