"""`python -m bot generate`: images in the terminal, without Discord and without the ledger."""

import asyncio
import contextlib
import io
import json
import os
import pty
import signal
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from PIL import Image

from bot import terminal
from bot.comfyui import ComfyUI, Snapshot
from bot.discord_ui.workflows.sample_sound import sample_sound
from bot.pictures import marked, sample_video
from bot.pictures.containers import Container, container_of
from bot.terminal.progress_shown import progress_line
from bot.workflows import Library
from tests.comfyui_server import OUT_OF_MEMORY, ComfyUIStandIn, Failure, VersionName
from tests.comfyui_server.graphs import txt2img
from tests.commands.packs import write
from tests.operator.program import Ended, program, started
from tests.programs import ROOT
from tests.real_comfyui import RealComfyUI
from tests.waiting import until

LISTEN: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadAudio", "inputs": {"audio": "song.wav"}, "_meta": {"title": "Song"}},
    "2": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0], "filename_prefix": "again"}},
}
LISTEN_MANIFEST: Final = """
[parameters.audio]
target = ["Song.audio"]
"""
DUB: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadVideo", "inputs": {"file": "film.mp4"}},
    "2": {"class_type": "GetVideoComponents", "inputs": {"video": ["1", 0]}},
    "3": {"class_type": "LoadAudio", "inputs": {"audio": "song.wav"}},
    "4": {"class_type": "CreateVideo", "inputs": {"images": ["2", 0], "audio": ["3", 0], "fps": 24.0}},
    "5": {
        "class_type": "SaveVideo",
        "inputs": {"video": ["4", 0], "filename_prefix": "dubbed", "format": "auto", "codec": "auto"},
    },
}

Ordered = Callable[..., Awaitable[Ended]]


async def generate(url: str, folder: Path, *arguments: str) -> Ended:
    return await program("generate", "--out", str(folder), *arguments, env={"COMFYUI_URLS": url})


@pytest.fixture
def ordered(capsys: pytest.CaptureFixture[str]) -> Ordered:
    """The command within this process: most of what it says needs no process of its own."""

    async def run(urls: str, *arguments: str, packs: Path = ROOT / "workflows") -> Ended:
        library = Library(packs)
        library.reload()
        async with aiohttp.ClientSession() as session:
            code = await terminal.generate(
                arguments, library, [ComfyUI(url, session) for url in urls.split(",")], marked
            )
        return Ended(code, *capsys.readouterr())

    return run


async def test_a_picture_as_the_server_made_it(stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    done = await generate(stand_in.url, folder, "--prompt", "a red fox", "--seed", "7", "--steps", "5")
    assert done.code == 0, done.err
    (path,) = done.out.splitlines()
    assert path == str(folder / "text_to_image-7-1.png")
    assert Path(path).read_bytes() == marked(stand_in.output_bytes("darkroom_00001_.png"))
    assert "KSampler" in done.err
    assert "step 5/5" in done.err
    assert "\x1b" not in done.err
    (submitted,) = stand_in.submitted
    sampler = next(node for node in submitted["prompt"].values() if node["class_type"] == "KSampler")
    assert (sampler["inputs"]["seed"], sampler["inputs"]["steps"]) == (7, 5)


async def test_nothing_is_overwritten(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    (tmp_path / "text_to_image-7-1.png").write_bytes(b"mine")
    done = await ordered(stand_in.url, "--out", str(tmp_path), "--prompt", "a fox", "--seed", "7", "--count", "2")
    assert done.code == 0, done.err
    assert [Path(line).name for line in done.out.splitlines()] == ["text_to_image-7-1-2.png", "text_to_image-7-2.png"]
    assert (tmp_path / "text_to_image-7-1.png").read_bytes() == b"mine"


async def test_json_is_all_that_is_on_standard_output(stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    done = await generate(stand_in.url, tmp_path, "--prompt", "a fox", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert set(told) == {"files", "seed", "seconds", "workflow", "prompt_id"}
    assert told["workflow"] == "text_to_image"
    assert told["prompt_id"] == stand_in.executed[0] == str(uuid.UUID(told["prompt_id"]))
    assert Path(told["files"][0]).name == f"text_to_image-{told['seed']}-1.png"
    assert Path(told["files"][0]).exists()


async def test_a_picture_goes_in(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    start = tmp_path / "start.webp"
    Image.new("RGB", (64, 32), "teal").save(start)
    arguments = ["--workflow", "Upscale", "--image", str(start), "--shrink", "0.5"]
    done = await ordered(stand_in.url, "--out", str(tmp_path), *arguments)
    assert done.code == 0, done.err
    (path,) = map(Path, done.out.splitlines())
    with Image.open(io.BytesIO(path.read_bytes())) as made:
        assert made.size == (128, 64)


async def test_a_sound_goes_in_as_it_is(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    write(packs, "listen", LISTEN, LISTEN_MANIFEST)
    (tmp_path / "voice").write_bytes(sample_sound())
    (tmp_path / "words.wav").write_bytes(b"no sound at all")
    order = ["--out", str(tmp_path / "out"), "--workflow", "listen", "--audio"]
    done = await ordered(stand_in.url, *order, str(tmp_path / "voice"), packs=packs)
    assert done.code == 0, done.err
    name = stand_in.submitted[0]["prompt"]["1"]["inputs"]["audio"]
    assert name.endswith(".wav")
    assert stand_in.output_bytes(name, type="input") == sample_sound()
    refused = await ordered(stand_in.url, *order, str(tmp_path / "words.wav"), packs=packs)
    assert refused.code == 2
    assert "as audio" in refused.err


async def test_a_real_comfyui_takes_a_video_and_its_sound(
    ordered: Ordered, real_comfyui: RealComfyUI, tmp_path: Path
) -> None:
    packs = tmp_path / "packs"
    write(packs, "dub", DUB, "")
    (packs / "dub.toml").unlink()
    (tmp_path / "film").write_bytes(sample_video())
    (tmp_path / "voice").write_bytes(sample_sound())
    files = ["--video", str(tmp_path / "film"), "--audio", str(tmp_path / "voice")]
    done = await ordered(real_comfyui.url, "--out", str(tmp_path / "out"), "--workflow", "dub", *files, packs=packs)
    assert done.code == 0, done.err
    (path,) = map(Path, done.out.splitlines())
    assert container_of(path.read_bytes()) == Container(".mp4", ("video", "audio"))


async def test_pictures_come_over_the_socket_where_the_workflow_says_so(
    ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "one.json").write_text(json.dumps(txt2img()))
    (packs / "one.toml").write_text('[parameters.prompt]\ntarget = ["6.text"]\n[outputs]\nwebsocket = true\n')
    done = await ordered(stand_in.url, "--out", str(tmp_path), "--prompt", "a fox", packs=packs)
    assert done.code == 0, done.err
    assert Path(done.out.strip()).read_bytes().startswith(b"\x89PNG")
    assert "SaveImage" not in [node["class_type"] for node in stand_in.submitted[0]["prompt"].values()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            "--prompt x --steps few --cfg 99",
            ["--steps should be a whole number, not few.", "--cfg is 99; it can"],
        ),
        ("--prompt x --checkpoint other.ckpt", ["--checkpoint: other.ckpt is not one of tiny-random"]),
        ("--prompt x --lora y", ["“Text to image” has no option --lora. Its options: --prompt, --negative"]),
        ("--prompt a fox", ["“fox” does not belong to any option"]),
        ("--steps 4", ["Please fill in --prompt."]),
        ("--prompt", ["Argument --prompt: expected one argument."]),
        ("--workflow oil --prompt x", ["There is no workflow “oil”. Choose one of: draft_and_refine, flux"]),
        ("--workflow upscale --image /nowhere.png", ["--image: /nowhere.png cannot be read: No such file"]),
        ("--workflow upscale --image README.md", ["--image: README.md: I can’t read that file as an image"]),
    ],
)
async def test_what_is_wrong_with_the_arguments_is_said_in_plain_words(
    ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path, arguments: str, said: list[str]
) -> None:
    done = await ordered(stand_in.url, "--out", str(tmp_path), *arguments.split())
    assert (done.code, done.out) == (2, "")
    for line, begin in zip(done.err.splitlines(), said, strict=True):
        assert line.startswith(begin)
    assert not stand_in.submitted


async def test_a_folder_that_is_none_is_told_before_anything_runs(
    ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = await ordered(stand_in.url, "--out", str(tmp_path / "file"), "--prompt", "x")
    assert (done.code, done.err) == (2, f"Cannot use --out {tmp_path / 'file'}: File exists. Choose another folder.\n")
    done = await ordered(stand_in.url, "--prompt", "x")
    assert (done.code, done.err) == (2, "Say where to save the files: --out FOLDER.\n")
    assert not stand_in.submitted


async def test_help_names_the_options_of_the_workflow_without_any_server(ordered: Ordered) -> None:
    done = await ordered("http://127.0.0.1:9", "--workflow", "upscale", "--help")
    assert done.code == 0
    assert "--image FILE" in done.out
    assert "--shrink X" in done.out
    assert "--negative" not in done.out


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    done = await generate("http://127.0.0.1:9", tmp_path, "--prompt", "x")
    assert done.code == 1
    assert done.err.startswith("No answer from ComfyUI at http://127.0.0.1:9: Connection refused.")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("login", "said"), [("", "It asks for a login (401)."), ("me:wrong@", "It refuses the login that it gets (401).")]
)
async def test_a_server_behind_a_password_is_said_to_want_one(
    stand_in: ComfyUIStandIn, tmp_path: Path, login: str, said: str
) -> None:
    stand_in.faults.login = "me:right"
    url = stand_in.url.replace("://", f"://{login}")
    done = await generate(url, tmp_path, "--prompt", "x")
    assert done.code == 1
    assert done.err.startswith(f"{stand_in.url}: {said}")
    assert "wrong" not in done.err
    listed = await program("workflows", env={"COMFYUI_URLS": url})
    assert f"server 1: {stand_in.url}: {said}" in listed.out


async def test_a_proxy_that_refuses_is_told_with_its_answer(
    ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    stand_in.faults.http_status["/prompt"] = 413
    done = await ordered(stand_in.url, "--prompt", "x", "--out", str(tmp_path))
    assert done.code == 1
    assert "prompt answered 413" in done.err
    assert "moderator" not in done.err


async def test_the_server_that_can_is_taken(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    async with ComfyUIStandIn(checkpoints=()) as without:
        urls = f"http://127.0.0.1:9,{without.url}"
        arguments = ["--prompt", "x", "--out", str(tmp_path)]
        done = await ordered(urls, *arguments)
        assert done.code == 1
        assert done.err.startswith(f"{without.url}: “Text to image” needs the model")
        done = await ordered(f"{urls},{stand_in.url}", *arguments)
        assert done.code == 0, done.err
        assert stand_in.executed
        assert not without.submitted


async def test_a_node_that_fails_is_named(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    stand_in.faults.fail = {"KSampler": Failure("RuntimeError", "the tensors disagree"), "VAEDecode": OUT_OF_MEMORY}
    arguments = ["--prompt", "x", "--json", "--out", str(tmp_path)]
    done = await ordered(stand_in.url, *arguments)
    assert (done.code, done.out) == (1, "")
    assert "“KSampler” failed on the ComfyUI server: RuntimeError: the tensors disagree" in done.err
    stand_in.faults.fail.pop("KSampler")
    done = await ordered(stand_in.url, *arguments)
    assert done.code == 1
    assert "ran out of memory in “VAE Decode”" in done.err


async def test_outputs_of_an_odd_shape_are_saved(ordered: Ordered, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    arguments = ["--prompt", "x", "--out", str(tmp_path)]
    stand_in.faults.left["SaveImage"] = lambda ui: {"images": ["nowhere.png", ui["images"][0]["filename"]]}
    done = await ordered(stand_in.url, *arguments)
    assert done.code == 0, done.err
    (picture,) = tmp_path.glob("*.png")
    assert picture.read_bytes() == marked(stand_in.output_bytes(stand_in.viewed[-1]))
    stand_in.faults.left["SaveImage"] = lambda _: {"whatever": "a fox"}
    done = await ordered(stand_in.url, *arguments)
    assert done.code == 0, done.err
    (text,) = tmp_path.glob("*.txt")
    assert text.read_text() == "a fox\n"


@pytest.mark.parametrize(("version", "number"), [("0.33.0", signal.SIGINT), ("0.3.75", signal.SIGTERM)])
async def test_an_interrupt_cancels_this_job_and_no_other(
    version: VersionName, number: signal.Signals, tmp_path: Path
) -> None:
    async with ComfyUIStandIn(version=version, steps_per_second=10) as comfyui:
        await _interrupt(comfyui, number, tmp_path)


async def _interrupt(slow: ComfyUIStandIn, number: signal.Signals, tmp_path: Path) -> None:
    other = str(uuid.uuid4())
    env = {"COMFYUI_URLS": slow.url}
    async with started("generate", "--prompt", "x", "--out", str(tmp_path), env=env) as running:
        await until(lambda: bool(slow.executed))
        async with aiohttp.ClientSession(slow.url) as http:
            await http.post("/prompt", json={"prompt": txt2img(steps=3), "prompt_id": other})
            running.process.send_signal(number)
            done = await running.ended()
            assert (done.code, done.out) == (130, "")
            assert done.err.endswith("Cancelled.\n")
            history = await (await http.get(f"/history/{slow.executed[0]}")).json()
            assert history[slow.executed[0]]["status"]["messages"][-1][0] == "execution_interrupted"

            async def made() -> bool:
                return other in await (await http.get(f"/history/{other}")).json()

            await until(made)
    assert slow.executed[1:] == [other]
    assert not list(tmp_path.iterdir())


async def test_a_terminal_has_one_line_that_is_redrawn(stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    stand_in.faults.hang_in = "VAEDecode"
    ours, its = pty.openpty()
    env = {"COMFYUI_URLS": stand_in.url, "COLUMNS": "100"}
    async with started("generate", "--prompt", "x", "--out", str(tmp_path), env=env, err=its) as running:
        os.close(its)
        drawn = bytearray()
        reading = asyncio.create_task(asyncio.to_thread(read_into, drawn, ours))
        await until(lambda: "VAE Decode  ██████" in drawn.decode(errors="ignore"))
        stand_in.faults.hang_in = None
        assert (await running.ended()).code == 0
        await reading
    *bar, last = drawn.decode().split("\r\x1b[K")
    assert len(bar) >= 2
    assert not [line for line in bar if "\n" in line]
    assert last.startswith("Text to image, seed ")


def read_into(found: bytearray, terminal: int) -> None:
    """What is written to a terminal until its last user has closed it."""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as file:
        while piece := file.read(4096):
            found += piece


def test_the_bar_fits_and_says_where_it_is() -> None:
    snapshot = Snapshot(0.5, "A very long title of a node " * 4, 9, 20)
    line = progress_line(snapshot, 12.4, 80)
    assert len(line) == 80
    assert line.endswith("…  ████████████░░░░░░░░░░░░   50%  step 9/20  12 s")
    assert "########----" in progress_line(Snapshot(2 / 3, "KSampler"), 0.0, 80, blocks=False)
    assert progress_line(Snapshot(), 0.0, 79).startswith("Waiting  ░░░░")
    assert progress_line(Snapshot(1.0, "Save\x1b[2J\nImage"), 3.0, 59) == "Save [2J Image  100%  3 s"
    for columns in range(60):
        assert len(progress_line(snapshot, 100.0, columns)) <= columns


async def test_a_real_comfyui_makes_the_same_picture_again(
    ordered: Ordered, real_comfyui: RealComfyUI, tmp_path: Path
) -> None:
    arguments = ["--workflow", "no_model", "--seed", "11", "--width", "128", "--height", "96", "--json"]
    first, second = [await ordered(real_comfyui.url, "--out", str(tmp_path), *arguments) for _ in range(2)]
    assert (first.code, second.code) == (0, 0), first.err + second.err
    one, two = [Path(json.loads(done.out)["files"][0]) for done in (first, second)]
    assert one != two
    with Image.open(one) as made, Image.open(two) as again:
        assert made.size == (128, 96)
        assert made.tobytes() == again.tobytes()
