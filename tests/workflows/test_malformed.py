"""A thousand malformed packs: each is refused with its fault named, and none stops the others."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import PackError
from bot.errors.readable_faults import MOST_FAULTS
from bot.workflows import Pack
from bot.workflows.manifests.pack import load_packs
from tests.workflows.malformed import Broken, made

COUNT = 1000

# One process makes and reads them, once for all tests.
pytestmark = pytest.mark.xdist_group("malformed")


@dataclass(frozen=True, slots=True)
class Reading:
    folder: Path
    broken: Mapping[str, Broken]
    packs: Mapping[str, Pack]
    faults: tuple[PackError, ...]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("malformed")
    broken = made(COUNT)
    for name, pack in broken.items():
        pack.write(folder, name)
    return Reading(folder, broken, *load_packs(folder))


def test_each_is_refused_by_its_fault_and_none_stops_the_others(reading: Reading) -> None:
    refused = {fault.name: fault.faults for fault in reading.faults}
    assert len(reading.broken) == COUNT
    assert reading.packs.keys() | refused.keys() == reading.broken.keys()
    for name, pack in reading.broken.items():
        if pack.fault is None:
            assert name in reading.packs, refused[name]
        elif pack.fault:
            assert any(pack.fault in fault for fault in refused[name]), (name, refused.get(name))


def test_a_refusal_can_be_read_and_written(reading: Reading) -> None:
    for fault in reading.faults:
        assert 1 <= len(fault.faults) <= MOST_FAULTS + 1
        for one in fault.faults:
            assert one.strip()
            assert len(one) <= 500
            assert str(reading.folder) not in one
            one.encode()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "round.json").symlink_to(tmp_path / "round.json")
    (tmp_path / "odd\nname.json").write_text("{}", encoding="utf-8")
    packs, faults = load_packs(tmp_path)
    assert packs == {}
    assert {fault.name: fault.faults[0] for fault in faults} == {
        "pipe": "pipe.json cannot be read (it is not a file)",
        "folder": "folder.json cannot be read (it is not a file)",
        "gone": "gone.json is missing",
        "round": "round.json cannot be read (Too many levels of symbolic links)",
        "odd\\nname": "rename the file: its name contains characters that cannot be displayed",
    }
