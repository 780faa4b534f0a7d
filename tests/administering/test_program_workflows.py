"""`python -m bot workflows`: what an operator reads about their packs, without a token."""

import json
from pathlib import Path

import pytest

from bot.__main__ import list_workflows
from bot.settings import read_settings
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.operator.program import program
from tests.programs import ROOT


async def listed(told: pytest.CaptureFixture[str], folder: Path, *urls: str) -> tuple[int, str]:
    """Exit status and output, without a process of its own."""
    env = {"COMFYUI_URLS": ",".join(urls), "WORKFLOWS_DIR": str(folder)}
    code = await list_workflows(read_settings(env, spared=("DISCORD_TOKEN",)))
    return code, told.readouterr().out


async def test_the_packs_that_ship_are_in_order(stand_in: ComfyUIStandIn) -> None:
    done = await program("workflows", env={"COMFYUI_URLS": stand_in.url, "WORKFLOWS_DIR": str(ROOT / "workflows")})
    assert done.code == 0, done.err
    said = done.out
    assert "FAULTS" not in said
    row = next(line for line in said.splitlines() if line.startswith("text_to_image"))
    assert "/imagine" in row
    assert "prompt*" in row
    assert row.endswith("1")
    assert max(map(len, said.splitlines())) <= 100


async def test_faults_are_listed_and_are_the_exit_status(
    stand_in: ComfyUIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.json").write_text(json.dumps(txt2img()))
    (tmp_path / "cut.json").write_text('{"1": ')
    (tmp_path / "taken.json").write_text(json.dumps(txt2img()))
    (tmp_path / "taken.toml").write_text('command = "cancel"\n[parameters.prompt]\ntarget = ["6.text"]\n')
    code, said = await listed(capsys, tmp_path, stand_in.url)
    assert code == 1
    assert "cut: " in said
    assert "taken: the command “cancel” is taken" in said
    assert any(line.startswith("good") for line in said.splitlines())


async def test_who_can_run_what(stand_in: ComfyUIStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = txt2img() | {"30": {"class_type": "GiantNode", "inputs": {"images": ["8", 0]}}}
    (tmp_path / "giant.json").write_text(json.dumps(graph))
    (tmp_path / "small.json").write_text(json.dumps(txt2img()))
    async with ComfyUIStandIn() as gone:
        silent = gone.url
    code, said = await listed(capsys, tmp_path, silent, stand_in.url)
    assert code == 0
    lines = said.splitlines()
    assert next(line for line in lines if line.startswith("small")).endswith(" 2")
    assert next(line for line in lines if line.startswith("giant")).endswith(" none")
    assert "giant needs the node GiantNode" in said
    assert f"server 1: {silent}: No answer from ComfyUI: " in said
    assert max(map(len, lines)) <= 100
