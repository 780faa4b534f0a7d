"""The last wall: what a log line and a terminal get of a text that should never have come so far."""

import json
import re
import subprocess
import sys

import pytest

from bot.redaction import Redaction, printable
from bot.redaction.secrets import MASK
from tests.fuzz.test_growth import MOST_GROWTH, growth
from tests.programs import ROOT

CANARY = "canary-0123456789-secret"


@pytest.mark.parametrize(
    "text",
    [
        f"PATCH https://discord.com/api/v10/webhooks/123/{CANARY}/messages/@original answered 429",
        f"/interactions/123456789/{CANARY}/callback",
        f"'token': '{CANARY}'",
        f'{{"interaction_token": "{CANARY}"}}',
        f"aW50ZXJhY3Rpb246{CANARY}",
        "M" + "TIzNDU2Nzg5MDEyMzQ1Njc4.GcaNaR.canary-canary-canary-canary",
        f"Authorization: Bot {CANARY}",
        f"<CIMultiDict('Authorization': 'Basic {CANARY}=')>",
        f"http://user:{CANARY}@[::1]:8188/queue",
        f"wss://{CANARY}@host/ws",
        f"postgresql+asyncpg://user:a/b?{CANARY}@host/db",
        f"https://host/view?api_key={CANARY}&x=1",
        f"dsn: host=db password={CANARY} user=x",
        f"python main.py --api-key {CANARY} --port 1",
        f"python main.py --comfy-token={CANARY}",
        f"DETAIL:  Failing row contains (1, {CANARY}, a\n{CANARY}).",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    found = Redaction()(text)
    assert "canary" not in found.lower()
    assert MASK in found


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8188 answers",
        "write http://user:password@host or postgresql+asyncpg://user:password@host/darkroom",
        "job 0f4831f0-0000-4000-8000-000000000001: claimed for http://gpu.example:8188/comfy",
        "the password is wrong for user@example.com",
        "workflows: text_to_image, flux",
        "https://discord.com/oauth2/authorize?client_id=1&scope=bot+applications.commands&permissions=2",
        "0.30.1.dev2+very.long.version.number-of-a-build",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert Redaction()(text) == text


def test_known_secrets_are_masked_wherever_they_stand_and_short_words_are_not() -> None:
    redact = Redaction({"hunter2", "hunter2-longer", "in"})
    assert redact("in hunter2-longer xhunter2x") == f"in {MASK} x{MASK}x"


@pytest.mark.parametrize("part", ["a.", "a://", "http://", "/webhooks/1/", "token=", "'token': '", "Bot ", "\x1b", "x"])
def test_its_time_grows_with_the_text_and_no_faster(part: str) -> None:
    for few in (2**15, 2**17):
        assert growth(lambda text: printable(Redaction()(text)), lambda n: part * (n // len(part)), few) < MOST_GROWTH


def test_nothing_moves_a_cursor_and_every_character_can_be_read() -> None:
    assert printable("a\x1b[2J\r\x07\x9b31m\u2028\u202eb\nc\td") == r"a\x1b[2J\r\x07\x9b31m\u2028\u202eb" + "\nc\td"
    assert printable("a\nb", kept="") == r"a\nb"
    assert printable("⏭ “é” 漢字") == "⏭ “é” 漢字"


PROGRAM = f"""
import asyncio, logging, sys, threading, warnings
from bot.logs import start_logging
start_logging(logging.DEBUG, sys.argv[1], ["{CANARY}"])
log = logging.getLogger("bot.x")
log.info("a name: %s", "x\\n12:00:00 INFO    bot: forged\\x1b[31m")
for other in ("discord.http", "sqlalchemy.engine", "asyncio", "aiohttp.client"):
    logging.getLogger(other).debug("libraries say whatever they send")
try:
    raise ValueError("http://user:{CANARY}@host\\n12:00:00 ERROR   bot: forged")
except ValueError:
    log.exception("it went wrong")
    logging.getLogger("discord.client").exception("it went wrong in a library")
warnings.warn("a warning with {CANARY}")
log.info("%d and {CANARY}", "no number")
def fail(): raise RuntimeError("{CANARY}")
thread = threading.Thread(target=fail); thread.start(); thread.join()
class Bad:
    def __del__(self): raise RuntimeError("{CANARY}")
Bad()
async def lost():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
asyncio.run(lost())
fail()
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_writes_a_log_line_its_text_is_clean(form: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, form], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    said = ended.stderr.decode()
    assert ended.returncode == 1
    assert CANARY not in said
    assert "\x1b" not in said
    assert "libraries say" not in said
    for expected in (
        "it went wrong in a library",
        "a warning",
        "a thread ended",
        "Bad.__del__",
        "ended by an uncaught exception",
    ):
        assert expected in said
    if form == "json":
        lines = [json.loads(line) for line in said.splitlines() if not line.startswith("could not log")]
        assert not any("\x1b" in str(line) for line in lines)
    else:
        own = [line for line in said.splitlines() if not line.startswith("    | ")]
        assert all(re.match(r"\d\d:\d\d:\d\d \w+ +[\w.]+: |could not log a line of bot.x:\d+", line) for line in own)
        assert not any("forged" in line for line in own)
