"""Signatures through the whole program: what members get, what operators read of it, and who signed a file."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.content_credentials.library import read_manifest
from bot.pictures import origin
from tests.comfyui_server import ComfyUIStandIn
from tests.content_credentials.certificates import OWNER, chain
from tests.content_credentials.test_signing import signer
from tests.discord_server import BotProcess, DiscordStandIn, File, Guild, answered
from tests.lists.pictures import png
from tests.operator.program import program
from tests.outputs.ordering import bot_with, coloured, ended, saved, words
from tests.outputs.test_ai_mark import graph, pixels
from tests.people import ALICE, BOB

MENU = "Where is this from?"


def holds(content: bytes) -> bool:
    found = read_manifest(io.BytesIO(content))
    return found is not None and found[0] and found[1]["issuer"] == OWNER


@pytest.mark.parametrize("embedded", ["keep", "recipe", "strip"])
async def test_every_image_is_signed_over_its_mark_and_its_texts(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, embedded: str
) -> None:
    env = {"EMBEDDED_GRAPH": embedded, "AI_MARK": "on"} | chain().written(tmp_path / "c")
    async with bot_with(discord, stand_in.url, tmp_path, graph(), env=env) as bot:
        message = await ended(discord, bot, "an unspoken fox")
    made = [stand_in.output_bytes(name) for name in ("made_00001_.png", "made_00002_.png", "moving_00001_.webp")]
    contents = [one.content for one in message.attachments]
    assert {pixels(one) for one in contents} == {pixels(one) for one in made}
    assert all(map(holds, contents))
    assert all(origin(one).by_machine for one in contents)
    carried = {"keep": {"prompt"}, "recipe": {"recipe"}, "strip": set()}[embedded]
    for content in contents:
        if content.startswith(b"\x89PNG"):
            assert {"prompt", "recipe"} & Image.open(io.BytesIO(content)).info.keys() == carried
        if embedded == "strip":
            assert b"fox" not in content


async def test_a_smaller_copy_is_signed_as_well_and_fits(tmp_path: Path) -> None:
    large = words() | coloured("2", count=2, side=2500) | saved("3", "2")
    env = {"AI_MARK": "on"} | chain().written(tmp_path / "c")
    async with (
        DiscordStandIn(Guild(upload_limit=20_000)) as discord,
        ComfyUIStandIn() as comfyui,
        bot_with(discord, comfyui.url, tmp_path, large, env=env) as bot,
    ):
        message = await ended(discord, bot)
    assert "sent as lossless WebP" in message.content
    assert [holds(one.content) for one in message.attachments] == [True, True]
    assert all(len(one.content) <= 20_000 for one in message.attachments)


async def test_where_there_is_no_room_the_image_is_what_arrives(tmp_path: Path) -> None:
    large = words() | coloured("2", count=2, side=2500) | saved("3", "2")
    env = {"AI_MARK": "on"} | chain().written(tmp_path / "c")
    async with (
        DiscordStandIn(Guild(upload_limit=4_000)) as discord,
        ComfyUIStandIn() as comfyui,
        bot_with(discord, comfyui.url, tmp_path, large, env=env) as bot,
    ):
        message = await ended(discord, bot)
    assert [origin(one.content).by_machine for one in message.attachments] == [True, True]


async def test_a_certificate_that_has_expired_costs_the_signature_and_nothing_else(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    env = {"AI_MARK": "on"} | chain(begins=-9, ends=-1).written(tmp_path / "c")
    async with bot_with(discord, stand_in.url, tmp_path, graph(), env=env) as bot:
        message = await ended(discord, bot)
        log = bot.log.read_text()
    assert len(message.attachments) == 3
    assert all(origin(one.content).by_machine and not origin(one.content).signed for one in message.attachments)
    assert "The certificate of C2PA_CERTIFICATE expired on" in log
    assert "delivered without a signature" in log


async def test_who_signed_a_file_is_told(discord: DiscordStandIn, bot: BotProcess, tmp_path: Path) -> None:
    whole = signer(tmp_path / "c").signed(png({}))
    broken = whole[:-20] + bytes([whole[-20] ^ 0xFF]) + whole[-19:]
    for content, wanted in ((whole, "hasn’t been changed since"), (broken, "was changed after it was signed")):
        message = await discord.say("look", user=BOB, files=[File("a.png", content)])
        answer = (await answered(discord.context_menu(MENU, message, user=ALICE))).message
        await answer.until(lambda one: bool(one.content))
        assert OWNER in answer.content
        assert wanted in answer.content


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({"C2PA_CERTIFICATE": "{chain}"}, "need each other"),
        ({"C2PA_KEY": "{key}"}, "need each other"),
        ({"C2PA_CERTIFICATE": "{chain}", "C2PA_KEY": "{key}", "AI_MARK": "off"}, "needs AI_MARK=on"),
        ({"C2PA_CERTIFICATE": "{folder}/none.pem", "C2PA_KEY": "{key}"}, "cannot be read: No such file"),
        ({"C2PA_CERTIFICATE": "{key}", "C2PA_KEY": "{key}"}, "holds no certificate"),
    ],
)
async def test_settings_that_do_not_fit_are_told_at_the_start(env: dict[str, str], wanted: str, tmp_path: Path) -> None:
    paths = chain().written(tmp_path / "c")
    places = {"chain": paths["C2PA_CERTIFICATE"], "key": paths["C2PA_KEY"], "folder": str(tmp_path)}
    told = await program("workflows", env={name: text.format(**places) for name, text in env.items()})
    assert told.code == 2
    assert wanted in told.err
    assert "PRIVATE KEY" not in told.err


async def test_files_of_generate_are_signed(stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    env = {"COMFYUI_URLS": stand_in.url} | chain().written(tmp_path / "c")
    out = tmp_path / "out"
    done = await program("generate", "--out", str(out), "--prompt", "a fox", env=env)
    assert done.code == 0, done.err
    made = [path.read_bytes() for path in out.iterdir()]
    assert made
    assert all(map(holds, made))


async def test_the_doctor_says_who_signs_and_who_else_could(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path / "data")} | chain(ends=10).written(tmp_path / "c")
    Path(env["C2PA_KEY"]).chmod(0o644)
    told = (await program("doctor", env=env)).out
    assert "The certificate of C2PA_CERTIFICATE expires on" in told
    assert "Other users of this machine can read C2PA_KEY." in told
