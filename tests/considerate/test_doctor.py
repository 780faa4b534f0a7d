"""What the doctor says of a GPU that is left alone at times."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.comfyui import Abilities
from bot.doctor.findings import Level
from bot.doctor.gpu_checks import asleep, check_gpu
from bot.settings import GpuRules, QuietHours, WakeTarget

UTC = ZoneInfo("UTC")
NIGHT = datetime(2026, 11, 29, 23, 30, tzinfo=UTC).timestamp()
RULES = GpuRules(600.0, QuietHours(time(23), time(7), UTC), ("pgrep", "game"), wake=WakeTarget("a1:b2:c3:d4:e5:f6"))


def test_it_says_what_is_set_and_what_holds_now() -> None:
    said = [finding.text for finding in check_gpu("http://gpu", RULES, NIGHT, 0, Abilities())]
    assert said == [
        "Its models leave the memory after 10 min idle.",
        "Quiet hours: 23:00-07:00 UTC. It rests now, until 07:00.",
        "BUSY_COMMAND exits 0 now: somebody else needs the GPU: nothing new starts, running jobs finish.",
        (
            "It is woken when somebody waits (a1:b2:c3:d4:e5:f6, through 255.255.255.255 port 9), and left to sleep "
            "otherwise."
        ),
    ]
    assert not list(check_gpu("http://gpu", GpuRules(), NIGHT, None, Abilities()))


@pytest.mark.parametrize(("busy", "level"), [(1, Level.OK), ("cannot be started: not found", Level.WARNING)])
def test_a_command_that_does_not_work_is_a_warning(busy: int | str, level: Level) -> None:
    (finding,) = check_gpu("http://gpu", GpuRules(busy=("pgrep",)), NIGHT, busy, Abilities())
    assert finding.level is level
    assert "free" in finding.text


def test_what_a_kind_of_server_cannot_do_is_not_promised() -> None:
    rules = GpuRules(600.0, busy=("pgrep",), gives_back=True)
    found = [*check_gpu("runpod://gpu", rules, NIGHT, 0, Abilities(frees_memory=False, takes_our_ids=False))]
    assert [finding.level for finding in found] == [Level.WARNING, Level.WARNING, Level.OK]
    assert "IDLE_FREE_MINUTES does nothing here" in found[0].text
    assert "BUSY_RUNNING=return does nothing here" in found[1].text
    assert found[2].text.endswith("running jobs finish.")


def test_a_machine_that_may_sleep_is_no_fault() -> None:
    assert asleep("http://gpu", WakeTarget("a1:b2:c3:d4:e5:f6"), "no route").level is Level.WARNING
