"""When a GPU rests, and when its memory is freed: pure decisions about times."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_ui.machine.moments import read_moment
from bot.errors import SettingsError
from bot.ledger import BUSY, PAUSED, QUIET, KnownServer, Pause, Rest, resting
from bot.settings import GpuRules, QuietHours, WakeTarget, read_settings
from bot.worker.gpu_sharing.idle_memory import IdleMemory, seconds_to_look
from bot.worker.gpu_sharing.rest import rest_at
from tests.people import MONA

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(23), time(7), BERLIN)
NOON = QuietHours(time(12), time(13, 30), ZoneInfo("UTC"))


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-29 22:59:59", None),
        ("2026-11-29 23:00", "2026-11-30 07:00"),
        ("2026-11-30 06:59:59", "2026-11-30 07:00"),
        ("2026-11-30 07:00", None),
        # Nights in which the clocks change.
        ("2026-03-28 23:30", "2026-03-29 07:00"),
        ("2026-10-24 23:30", "2026-10-25 07:00"),
    ],
)
def test_quiet_hours_last_over_midnight(now: str, end: str | None) -> None:
    assert NIGHT.ends_at(at(now)) == (None if end is None else at(end))


def test_quiet_hours_go_by_the_clocks_of_their_zone() -> None:
    assert NOON.ends_at(at("2026-07-01 14:15")) == at("2026-07-01 15:30")
    assert NOON.ends_at(at("2026-12-01 14:31")) is None


def test_in_the_hour_that_comes_twice_the_end_is_still_to_come() -> None:
    early = QuietHours(time(1), time(2, 30), BERLIN)
    assert early.ends_at(at("2026-10-25 02:10", fold=1)) == at("2026-10-25 02:30", fold=1)


@given(st.floats(0, 4e9), st.times(), st.times(), st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kathmandu"]))
def test_an_end_is_always_ahead(now: float, start: time, end: time, zone: str) -> None:
    hours = QuietHours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0), ZoneInfo(zone))
    ends_at = hours.ends_at(now)
    assert ends_at is None or now < ends_at <= now + 26 * 3600


def test_rests_that_follow_one_another_are_one() -> None:
    now = at("2026-11-29 20:00")
    until_night = Pause(1, at("2026-11-29 23:30"))
    assert rest_at(now, None, [], busy=False) is None
    assert rest_at(now, NIGHT, [], busy=False) is None
    assert rest_at(now, None, [Pause(1, now - 1)], busy=False) is None
    assert rest_at(now, None, [], busy=True) == Rest(BUSY)
    assert rest_at(now, None, [until_night], busy=True) == Rest(PAUSED, until_night.until)
    assert rest_at(now, NIGHT, [until_night], busy=False) == Rest(PAUSED, at("2026-11-30 07:00"))
    assert rest_at(at("2026-11-30 03:00"), NIGHT, [], busy=False) == Rest(QUIET, at("2026-11-30 07:00"))
    assert rest_at(now, NIGHT, [until_night, Pause(1)], busy=False) == Rest(PAUSED)


def test_one_server_that_works_is_enough() -> None:
    quiet, busy = Rest(QUIET, 100.0), Rest(BUSY)
    rests = [KnownServer("a", True, None, rest=busy), KnownServer("b", True, None, rest=quiet)]
    assert resting(rests) == quiet, "the first known end"
    assert resting([*rests, KnownServer("c", False, None)]) == quiet
    assert resting([*rests, KnownServer("c", True, None)]) is None
    assert resting([KnownServer("c", False, None)]) is None


def test_memory_is_freed_once_after_each_use() -> None:
    memory = IdleMemory()
    assert not memory.is_due(0, "first", 60)
    assert not memory.is_due(59, "first", 60)
    assert memory.is_due(60, "first", 60)
    memory.freed()
    assert memory.is_free
    assert not memory.is_due(1000, "first", 60), "nothing has been loaded since"
    assert not memory.is_due(1001, None, 60), "somebody else uses it"
    assert not memory.is_due(1002, "second", 60)
    # Runs between two looks, too short to be seen.
    assert not memory.is_due(1061, "third", 60)
    assert memory.is_due(1121, "third", 60)
    assert max(map(seconds_to_look, (0, 1, 60, 86400))) <= 30


def test_moments_as_people_type_them() -> None:
    now = at("2026-11-29 17:30")
    assert read_moment("18:00", now, BERLIN) == at("2026-11-29 18:00")
    assert read_moment("17:30", now, BERLIN) == at("2026-11-30 17:30")
    assert read_moment(" 2h ", now, BERLIN) == now + 7200
    assert read_moment("25:00", now, BERLIN) is None
    assert read_moment("soon", now, BERLIN) is None
    here = read_moment("18:00", now, None)
    assert here is not None
    assert datetime.fromtimestamp(here, UTC).astimezone().strftime("%H:%M") == "18:00"
    assert now < here <= now + 86400


# --- Settings: one way to say them for all servers and for one

ENVIRONMENT = {"DISCORD_TOKEN": "made-up", "COMFYUI_URLS": "http://one:1, http://two:2", "OWNER_IDS": str(MONA.id)}


def test_rented_gpus_go_on_while_somebody_plays_on_ones_own() -> None:
    urls = "http://one:1", "comfyapi+http://two:2", "runpod://abc", "comfyapi+https://cloud.comfy.org", "runpod://named"
    everywhere = {"QUIET_HOURS": "23:00-07:00 UTC", "IDLE_FREE_MINUTES": "10", "BUSY_RUNNING": "return"}
    settings = read_settings(
        {
            "DISCORD_TOKEN": "made-up",
            "RUNPOD_API_KEY": "k",
            "COMFYUI_URLS": ",".join(urls),
            **everywhere,
            "BUSY_COMMAND": "pgrep game | runpod://named => true",
            "WAKE_MAC": "a1:b2:c3:d4:e5:f6",
        }
    )
    rules = [settings.rules_of(url) for url in urls]
    assert all(one.quiet is not None for one in rules)
    assert [one.busy for one in rules] == [("pgrep", "game")] * 2 + [(), (), ("true",)]
    for one, own in zip(rules, (True, True, False, False, False), strict=True):
        assert (one.idle_free_seconds is not None) == (one.wake is not None) == one.gives_back == own


def test_each_server_has_its_own_rules() -> None:
    settings = read_settings(
        {
            **ENVIRONMENT,
            "IDLE_FREE_MINUTES": "http://one:1 => 0.5",
            "QUIET_HOURS": "23:00-07:00 Europe/Berlin | http://two:2 => 12:00 - 13:30 UTC",
            "BUSY_COMMAND": "pgrep -x 'my game'",
            "BUSY_RUNNING": "http://two:2 => return",
            "WAKE_MAC": "http://two:2 => a1-b2-c3-d4-e5-f6@[ff02::1%eth0]:7",
        }
    )
    busy = "pgrep", "-x", "my game"
    assert settings.rules_of("http://one:1") == GpuRules(30.0, NIGHT, busy)
    target = WakeTarget("a1-b2-c3-d4-e5-f6", "ff02::1%eth0", 7)
    assert settings.rules_of("http://two:2") == GpuRules(None, NOON, busy, gives_back=True, wake=target)
    assert settings.rules_of("http://one-that-the-bot-starts:8188") == GpuRules(None, NIGHT, busy)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("IDLE_FREE_MINUTES", "0", "above 0"),
        ("IDLE_FREE_MINUTES", "nan", "above 0"),
        ("QUIET_HOURS", "23-7", "like 23:00-07:00 Europe/Berlin"),
        ("QUIET_HOURS", "23:00-24:00 UTC", "from 00:00 to 23:59"),
        ("QUIET_HOURS", "23:00-23:00 UTC", "same time"),
        ("QUIET_HOURS", "23:00-07:00 Mars/Olympus", "no time zone"),
        ("QUIET_HOURS", "23:00-07:00 ../UTC", "no time zone"),
        ("QUIET_HOURS", "http://three:3 => 23:00-07:00 UTC", "not in COMFYUI_URLS"),
        ("QUIET_HOURS", "http://one:1 => | http://one:1 => 23:00-07:00 UTC", "two values"),
        ("BUSY_COMMAND", "ps | grep game", "put the commands into a script"),
        ("BUSY_COMMAND", "pgrep 'game", "quotation mark"),
        ("BUSY_RUNNING", "stop", "finish, return"),
        ("WAKE_MAC", "a1:b2:c3", "write it like"),
        ("WAKE_MAC", "a1:b2:c3:d4:e5:f6@", "write it like"),
        ("WAKE_MAC", "a1:b2-c3:d4-e5:f6", "write it like"),
        ("WAKE_MAC", "a1:b2:c3:d4:e5:f6@gpu..lan", "write it like"),
        ("WAKE_MAC", "a1:b2:c3:d4:e5:f6@host:70000", "out of range"),
    ],
)
def test_what_cannot_be_meant_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({**ENVIRONMENT, name: value})
    (fault,) = raised.value.faults
    assert fault.startswith(f"{name}=")
    assert said in fault
