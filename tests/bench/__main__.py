"""`make bench`: prints what is promised, what was measured, and what it was measured against."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench import client, hostile, ledger, outages, refusals, scale
from tests.bench.process import acknowledgements, bare, delivery, whole
from tests.bench.restart import restarts
from tests.comfyui_server.graphs import Graph, model_free, txt2img
from tests.comfyui_server.hostile.cases import CASES
from tests.real_comfyui import running

_MANIFEST: Final = """
default = true
[parameters.prompt]
target = ["6.text"]
[parameters.seed]
target = ["3.seed"]
"""


_PARTS: Final = ("program", "ledger", "refusals", "client", "restart", "scale", "hostile")
_SCENARIOS: Final = {"scale": scale.SCENARIOS, "hostile": (*CASES, *outages.KINDS)}

_TOLD: Final = "; ".join(f"of {part}: {', '.join(names)}" for part, names in _SCENARIOS.items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("part", nargs="?", choices=_PARTS, help="all of them where none is named")
    parser.add_argument("scenario", nargs="*", help=f"{_TOLD}; all where none is named")
    arguments = parser.parse_args()
    known = _SCENARIOS.get(arguments.part, ())
    if unknown := [name for name in arguments.scenario if name not in known]:
        parser.error(f"{arguments.part} has no scenario {unknown[0]!r}")
    if arguments.part not in _SCENARIOS:
        print(f"Medians of {arguments.runs} runs each; what is compared runs turn about.\n")
    for part in _PARTS if arguments.part is None else (arguments.part,):
        _measure(part, arguments.runs, arguments.scenario)


def _measure(part: str, runs: int, scenarios: Sequence[str]) -> None:
    match part:
        case "program":
            asyncio.run(_program(runs))
        case "ledger":
            asyncio.run(_ledger(runs))
        case "refusals":
            _refusals()
        case "client":
            with running() as comfyui:
                print("\nThe client alone, on a real ComfyUI, against a bare aiohttp script that keeps its socket:")
                asyncio.run(_client(comfyui.url, 64, 1.2, runs))
                asyncio.run(_client(comfyui.url, 512, 1.05, runs))
        case "restart":
            asyncio.run(_restart(max(1, runs // 10)))
        case "scale":
            print("\nThe whole program among crowds of members and farms of light ComfyUIs, under Discord's limits:")
            asyncio.run(scale.run(scenarios))
        case "hostile":
            print("\nThe whole program before a ComfyUI that does its worst to one member's job:")
            asyncio.run(hostile.run(scenarios))
            print("\nThe whole program while Discord is out of order, with images that are finished meanwhile:")
            asyncio.run(outages.run(scenarios))


async def _program(runs: int) -> None:
    print("The whole program, as a process, between stand-ins for Discord and ComfyUI:")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            whole(folder, _workflows(folder / "small", txt2img(side=64, steps=1))) as bench,
            bare(folder) as other,
        ):
            ours, theirs = await acknowledgements(bench, other, runs)
            print(f"  slash command -> acknowledged (<= 5 ms)         {ours}")
            print(f"    a bot that only answers                       {theirs}")
        async with whole(folder, _workflows(folder / "large", txt2img(side=1024, steps=1))) as bench:
            figures, size = await delivery(bench, runs)
            print(f"  ComfyUI's end -> delivery on its way (<= 30 ms) {figures}, {size / 2**20:.2f} MiB")


async def _restart(runs: int) -> None:
    print("\nThe only process, with SQLite, is stopped and started again while members use it:")
    with tempfile.TemporaryDirectory() as name:
        failing, starting = await restarts(Path(name), runs)
        print(f"  commands fail for                               {failing}")
        print(f"    of that, from the start to the connection     {starting}")


def _refusals() -> None:
    print("\nMalformed packs that take longest to refuse, the best of three turns (<= 100 ms):")
    with tempfile.TemporaryDirectory() as name:
        for seconds, pack in refusals.slowest(Path(name), 5):
            print(f"  {seconds * 1000:8.2f} ms   {pack}")


async def _ledger(runs: int) -> None:
    print(f"\nThe ledger alone, with {ledger.MANY} jobs in it and with {ledger.FEW} (<= 1.5 times):")
    with tempfile.TemporaryDirectory() as name:
        async for what, growth in ledger.growth(Path(name), runs):
            print(f"  {what}")
            for step, (few, many) in growth.items():
                print(f"    {step:30} {many.median / few.median:5.2f} times, {many}")
    async for what, figures in ledger.news(runs):
        print(f"  PostgreSQL, acknowledged in one process -> {what} another {figures}")


async def _client(url: str, side: int, most: float, runs: int) -> None:
    ours, bare = await client.compare(url, lambda: model_free(side=side), runs)
    print(f"  {side} px model-free: {ours.median / bare.median:.3f} times (<= {most})")
    for name, figures in (("ours", ours), ("bare", bare)):
        print(f"    {name} {figures}")


def _workflows(folder: Path, graph: Graph) -> Path:
    folder.mkdir()
    (folder / "bench.json").write_text(json.dumps(graph))
    (folder / "bench.toml").write_text(_MANIFEST)
    return folder


main()
