"""Sounds and videos that members attach: as they are to the server that runs the job, or refused before queueing."""

from pathlib import Path
from typing import Any, Final

import pytest

from bot.discord_ui.workflows.sample_sound import sample_sound
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import write
from tests.discord_server import DiscordStandIn, File
from tests.looks import finished
from tests.people import ALICE
from tests.programs import Program
from tests.waiting import until

GRAPH: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadAudio", "inputs": {"audio": "song.wav"}, "_meta": {"title": "Song"}},
    "2": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0], "filename_prefix": "again"}},
}
MANIFEST: Final = """
title = "Listen"
command = "listen"
[parameters.audio]
target = ["Song.audio"]
description = "Sound to listen to"
"""
SILENT: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadVideo", "inputs": {"file": "film.mp4"}, "_meta": {"title": "Film"}},
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
}
WATCH: Final = """
title = "Watch"
command = "watch"
[parameters.video]
target = ["Film.file"]
description = "Video to watch"
"""


async def test_a_sound_reaches_the_server_byte_for_byte(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, folder: Path
) -> None:
    write(folder, "listen", GRAPH, MANIFEST)
    sound = sample_sound()
    async with program().ready():
        # Its name says nothing, and what is in it does.
        message = await finished(discord.slash("listen", user=ALICE, audio=File("voice.bin", sound)))
    assert [one.filename.rpartition(".")[2] for one in message.attachments] == ["flac"]
    name = comfyui.submitted[0]["prompt"]["1"]["inputs"]["audio"]
    assert name.startswith("darkroom-")
    assert name.endswith(".wav")
    assert comfyui.output_bytes(name, type="input") == sound


@pytest.mark.parametrize(
    ("command", "option", "given", "said"),
    [
        ("listen", "audio", File("a.mp3", b"no sound at all"), "as audio"),
        ("listen", "audio", File("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64)), "as audio"),
        ("watch", "video", File("a.mp4", b"moving"), "as a video"),
        ("watch", "video", File("a.wav", b"RIFF\0\0\0\0WAVEfmt "), "as a video"),
        ("watch", "video", File("a.mp4", bytes(30 * 2**20 + 1)), "30 MB"),
    ],
    ids=["no-sound", "an-image", "no-video", "a-sound", "too-large"],
)
async def test_what_is_something_else_is_refused_before_anything_is_queued(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    program: Program,
    folder: Path,
    command: str,
    option: str,
    given: File,
    said: str,
) -> None:
    write(folder, "listen", GRAPH, MANIFEST)
    write(folder, "watch", SILENT, WATCH)
    async with program().ready():
        interaction = await discord.slash(command, user=ALICE, options={option: given})
        reply = await interaction.acknowledged()
        answer = await interaction.followup() if reply.deferred else interaction.message
        assert answer.ephemeral
        assert said in answer.content
        await until(lambda: not discord.messages())
    assert not comfyui.submitted
