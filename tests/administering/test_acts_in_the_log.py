"""Whatever administrators do to workflows is in the moderators' log, wherever they pressed it."""

import pytest

from tests.administering.conftest import ADMIN, add, json_file, make_live
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import DiscordStandIn, Message, answered
from tests.looks import says
from tests.people import MONA
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("bot")


async def press(discord: DiscordStandIn, message: Message, label: str) -> None:
    await (await discord.press(message, label, user=ADMIN)).acknowledged()


async def log(discord: DiscordStandIn, act: str = "") -> list[str]:
    """The entries, oldest first, without their times."""
    options = {"act": act} if act else {}
    shown = await answered(discord.slash("moderate log", user=MONA, options=options))
    return [line.partition("> ")[2] for line in reversed(shown.message.content.splitlines())]


async def test_every_act_on_a_workflow_is_one_entry(discord: DiscordStandIn) -> None:
    draft = (await add(discord, ADMIN, json_file("hares.json", txt2img()))).message
    await press(discord, draft, "Discard")
    await draft.until(says("Discarded"))
    await make_live(discord, ADMIN, json_file("foxes.json", txt2img()))
    for command in ("disable", "enable"):
        done = await answered(discord.slash(f"workflow {command}", user=ADMIN, name="foxes"))
        await done.message.until(lambda message: not message.loading)
    await answered(discord.slash("workflow test", user=ADMIN, name="foxes"))
    asked = await answered(discord.slash("workflow remove", user=ADMIN, name="foxes"))
    await press(discord, asked.message, "Remove")
    ada = f"🧩 <@{ADMIN.id}>"
    wanted = [
        f"{ada} uploaded a workflow: “hares”",
        f"{ada} discarded the draft of a workflow: “hares”",
        f"{ada} uploaded a workflow: “foxes”",
        f"{ada} made a workflow live: “Foxes”",
        f"{ada} disabled a workflow: “Foxes”",
        f"{ada} enabled a workflow: “Foxes”",
        f"{ada} tried a workflow: “Foxes”",
        f"{ada} removed a workflow: “Foxes”",
    ]

    async def complete() -> bool:
        return await log(discord) == wanted

    await until(complete)
    assert await log(discord, "Workflow removed") == wanted[-1:]


async def test_a_draft_that_is_edited_and_tried_is_in_the_log(discord: DiscordStandIn) -> None:
    draft = (await add(discord, ADMIN, json_file("foxes.json", txt2img()))).message
    form = await answered(discord.press(draft, "Edit", user=ADMIN))
    await (await form.submit({"title": "Vixens"})).acknowledged()
    await draft.until(says("Vixens"))
    await answered(discord.press(draft, "Try it", user=ADMIN))

    async def complete() -> bool:
        acts = [line.partition("> ")[2] for line in await log(discord)]
        return acts[1:] == ["edited the draft of a workflow: “foxes”", "tried a workflow: “Vixens”"]

    await until(complete)
