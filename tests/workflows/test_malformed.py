"""A thousand malformed packs: each is refused with its fault named, and none stops the others."""

import os
import time
from pathlib import Path

import pytest

from bot.errors import PackError
from bot.workflows import load_pack, load_packs
from bot.workflows.graph import MOST_FAULTS
from tests.workflows.malformed import Broken, made

COUNT = 1000


@pytest.fixture(scope="module")
def broken() -> dict[str, Broken]:
    return made(COUNT)


@pytest.fixture(scope="module")
def folder(broken: dict[str, Broken], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("malformed")
    for name, pack in broken.items():
        (folder / f"{name}.json").write_bytes(pack.graph)
        if pack.manifest is not None:
            (folder / f"{name}.toml").write_bytes(pack.manifest)
    return folder


def test_each_is_refused_by_its_fault_and_none_stops_the_others(broken: dict[str, Broken], folder: Path) -> None:
    packs, faults = load_packs(folder)
    refused = {fault.name: fault.faults for fault in faults}
    assert len(broken) == COUNT
    assert packs.keys() | refused.keys() == broken.keys()
    for name, pack in broken.items():
        if pack.fault is None:
            assert name in packs, refused[name]
        elif pack.fault:
            assert any(pack.fault in fault for fault in refused[name]), (name, refused.get(name))


def test_a_refusal_can_be_read_and_written(folder: Path) -> None:
    for fault in load_packs(folder)[1]:
        assert 1 <= len(fault.faults) <= MOST_FAULTS + 1
        for one in fault.faults:
            assert one.strip()
            assert len(one) <= 500
            assert str(folder) not in one
            one.encode()


def test_how_long_the_slowest_take(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Time of the processor, printed and not judged: a machine may be busy."""
    taken = []
    for path in sorted(folder.glob("*.json")):
        started = time.process_time()
        try:
            load_pack(path)
        except PackError:
            verdict = "refused"
        else:
            verdict = "in order"
        taken.append((time.process_time() - started, path.stem, verdict))
    taken.sort(reverse=True)
    refused = [one for one in taken if one[2] == "refused"]
    with capsys.disabled():
        print(f"\n{len(refused)} of {len(taken)} packs refused; the slowest:")  # noqa: T201
        for seconds, name, verdict in [*refused[:5], *taken[:3]]:
            print(f"  {seconds * 1000:7.1f} ms  {name} ({verdict})")  # noqa: T201


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "round.json").symlink_to(tmp_path / "round.json")
    (tmp_path / "odd\nname.json").write_text("{}", encoding="utf-8")
    packs, faults = load_packs(tmp_path)
    assert packs == {}
    assert {fault.name: fault.faults[0] for fault in faults} == {
        "pipe": "pipe.json cannot be read (it is no file)",
        "folder": "folder.json cannot be read (it is no file)",
        "gone": "gone.json is missing",
        "round": "round.json cannot be read (Too many levels of symbolic links)",
        "odd\\nname": "the file's name should be plain text",
    }
