"""Whose fault an answer is: only `/queue` speaks for the server."""

import email.utils

import pytest

from bot.comfyui.protocol.blame import Blame, blame, seconds_to_wait, worth_another_try

STATUSES = (0, 302, 307, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504)
JOBS_OWN = ("/upload/image", "/view", "/history", "/prompt")


@pytest.mark.parametrize("route", JOBS_OWN)
@pytest.mark.parametrize("status", STATUSES)
def test_what_is_answered_to_one_job_is_its_own(route: str, status: int) -> None:
    assert blame(route, status, None) is Blame.JOB


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("route", [*JOBS_OWN, "/queue"])
def test_a_server_that_says_when_to_come_again_is_waited_for(route: str, status: int) -> None:
    assert blame(route, status, 3.0) is Blame.PAUSE


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_answered_about_the_server_is_its_own_trouble_or_its_doors(status: int) -> None:
    assert blame("/queue", status, None) is (Blame.ACCESS if status in {401, 403} else Blame.SERVER)


@pytest.mark.parametrize(("status", "again"), [(413, False), (400, False), (403, False), (404, True), (502, True)])
def test_what_cannot_be_otherwise_the_next_time_is_not_tried_again(status: int, again: bool) -> None:
    assert worth_another_try(status) is again


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("3", 3.0),
        (" 12 ", 12.0),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("9" * 60, 300.0),
        ("1" * 10_000, None),
        (email.utils.formatdate(1_000_030, usegmt=True), 30.0),
        (email.utils.formatdate(999_000, usegmt=True), 0.0),
    ],
)
def test_when_to_come_again(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, now=1_000_000.0) == seconds
