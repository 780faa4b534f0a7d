"""Trigger words: from a LoRA's metadata on the real ComfyUI into the suggestions, and on request into the prompt."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bot.workflows.loras.trigger_words import trigger_words
from tests.discord_server import DiscordStandIn
from tests.imagine.studio import Studio
from tests.people import ALICE
from tests.programs import Program, heard
from tests.real_comfyui import RealComfyUI
from tests.real_comfyui.tiny_lora import write_lora
from tests.waiting import until

PHRASE: Final = {"modelspec.trigger_phrase": "glow worm, neon"}
TAGS: Final = {"ss_tag_frequency": json.dumps({"10_moth": {"moth": 20, "1girl": 19, "tree": 3}})}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, ""),
        (PHRASE | TAGS, "glow worm, neon"),
        (TAGS, "moth, 1girl"),
        ({"ss_tag_frequency": {"a": {"x ": 2}, "b": {"x": 3, "y": 5}}}, "x, y"),
        ({"modelspec.trigger_phrase": " "}, ""),
        ({"modelspec.trigger_phrase": 5, "ss_tag_frequency": "{"}, ""),
        ({"ss_tag_frequency": {"a": 5, "b": {"x": "y", "": 9}}}, ""),
        ({"ss_tag_frequency": json.dumps({"a": {str(n): 1 for n in range(50)}})}, "0, 1, 2, 3, 4"),
        ({"modelspec.trigger_phrase": "a {b|c} <lora:d:1> __e__\n--f,"}, "a b c lora:d:1 e f"),
        ({"modelspec.trigger_phrase": "word, " * 1000}, ", ".join(["word"] * 33)),
    ],
)
def test_words_are_found_and_are_words_only(metadata: dict[str, object], words: str) -> None:
    assert trigger_words(metadata) == words


@pytest.fixture
def loras(furnished: RealComfyUI) -> Iterator[RealComfyUI]:
    """The real ComfyUI with two more LoRAs that say what they were trained on, one with a name that needs quoting."""
    folder = furnished.base / "models" / "loras"
    files = folder / "style" / "glow & worm.safetensors", folder / "moth.safetensors"
    write_lora(files[0], 4, metadata=PHRASE)
    write_lora(files[1], 5, metadata=TAGS)
    yield furnished
    for file in files:
        file.unlink()


@pytest.mark.real
async def test_words_are_suggested_and_added_on_request(
    discord: DiscordStandIn, loras: RealComfyUI, program: Program, folder: Path
) -> None:
    async with program({"COMFYUI_URLS": loras.url}).ready() as bot:
        await heard(bot.log)

        async def offered(value: str) -> list[tuple[str, object]]:
            found = await discord.autocomplete("imagine", option="lora", value=value, user=ALICE, workflow="paint")
            return [(one.name, one.value) for one in found]

        async def suggested() -> bool:
            return len(await offered("worm")) == 2

        await until(suggested)
        plain = ("glow & worm", "glow & worm")
        assert await offered("worm") == [plain, ("glow & worm +words: glow worm, neon", "glow & worm +words")]
        assert await offered("detail:0.8, moth:0.5 +words") == [
            ("detail:0.8, moth:0.5",) * 2,
            ("detail:0.8, moth:0.5 +words: moth, 1girl", "detail:0.8, moth:0.5 +words"),
        ]
        assert await offered("detail") == [("detail", "detail")]
        studio = Studio(discord, loras, "paint")
        graph = await studio.posted(lora="glow & worm +words, detail:0.8, moth:0.5 +words")
        assert graph["6"]["inputs"]["text"] == "glow worm, neon, moth, 1girl, a fox"
        loaded = [graph[f"lora_{n}"]["inputs"] for n in (1, 2, 3)]
        assert [(one["lora_name"], one["strength_model"]) for one in loaded] == [
            ("style/glow & worm.safetensors", 1),
            ("detail.safetensors", 0.8),
            ("moth.safetensors", 0.5),
        ]
        assert (await studio.posted(lora="moth"))["6"]["inputs"]["text"] == "a fox"
        assert "don’t know any trigger words of “detail”" in await studio.told(lora="detail +words")
