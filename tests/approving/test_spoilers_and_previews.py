"""Where images are hidden until they are clicked, and where nobody sees them being generated."""

from pathlib import Path

import pytest

from bot.ledger import Ledger
from tests.approving.conftest import Rule, order, shown
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import DiscordStandIn, Guild
from tests.people import ALICE
from tests.programs import Program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    sampler = PAINT["3"] | {"inputs": PAINT["3"]["inputs"] | {"steps": 12}}
    write(workflows, "paint", PAINT | {"3": sampler}, PAINT_MANIFEST)
    return workflows


def files(discord: DiscordStandIn) -> set[str]:
    return {name for request in discord.requests for name, _ in request.files}


@pytest.mark.parametrize("comfyui", [4.0], indirect=True, ids=["slowly"])
@pytest.mark.parametrize(
    ("spoiler_and_previews", "check_action", "seen"),
    [
        ((None, None), None, {"preview", "image"}),
        ((None, False), None, {"image"}),
        ((True, None), None, {"SPOILER_preview", "SPOILER_image"}),
        ((True, False), None, {"SPOILER_image"}),
        ((None, None), "refuse", set()),
    ],
    ids=["as-ever", "no-previews", "spoilers", "both", "checked"],
)
async def test_what_is_shown_of_a_picture(
    discord: DiscordStandIn,
    program: Program,
    rule: Rule,
    studio: Guild,
    spoiler_and_previews: tuple[bool | None, bool | None],
    check_action: str | None,
    seen: set[str],
) -> None:
    async def change(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, check_action=check_action, check_threshold=0.5)
        spoiler, previews = spoiler_and_previews
        general = studio.channel("general").id
        await ledger.rules.change_channel(studio.id, general, spoiler=spoiler, previews=previews)

    await rule(change)
    async with program({"PICTURE_CHECK": "false"}).ready():
        # What cannot be checked waits, and there is no place for moderators here.
        await shown(await order(discord, ALICE, "a fox"), "✅" if check_action is None else "look at it first")
    assert {name.rsplit("-", 1)[0].split(".")[0] for name in files(discord)} == seen


async def test_a_word_may_ask_for_a_spoiler(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild
) -> None:
    async def change(ledger: Ledger) -> None:
        await ledger.rules.add_word(studio.id, "word", "zeppelin", "spoiler", 1)

    await rule(change)
    async with program().ready():
        hidden = await shown(await order(discord, ALICE, "a zeppelin"), "✅")
    assert all(one.filename.startswith("SPOILER_") for one in hidden.attachments)
    assert all(name.startswith("SPOILER_") for name in files(discord))
