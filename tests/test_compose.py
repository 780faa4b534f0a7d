"""compose.yaml against the program's own settings and the Dockerfile; no Docker engine is needed to read them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import VARIABLES

ROOT = Path(__file__).parents[1]
BOTS = ("bot", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_the_bot_alone_is_what_comes_up_by_itself(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles") for name, service in compose["services"].items()}
    assert profiles == {"bot": None, "worker": ["scale"], "postgres": ["scale"], "comfyui": ["gpu"]}


def test_only_settings_that_the_bot_has_are_set(compose: dict[str, Any]) -> None:
    names = {variable.name for variable in VARIABLES}
    for name in BOTS:
        assert set(compose["services"][name].get("environment", {})) <= names
    image = re.findall(r"^(?:ENV|   ) (?:ENV )?([A-Z_]+)=", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert {"DATA_DIR", "HTTP_PORT"} <= set(image)
    assert {name for name in image if not name.startswith(("PYTHON", "PATH"))} <= names


def test_nothing_is_reached_from_outside(compose: dict[str, Any]) -> None:
    assert not any("ports" in service for service in compose["services"].values())


@pytest.mark.parametrize("name", BOTS)
def test_the_bot_writes_under_its_volume_alone_and_may_do_nothing_else(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert [volume.partition(":")[2] for volume in writable] == ["/data"]


def test_every_volume_that_is_used_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.partition(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert {name for name in used if not name.startswith(".")} == set(compose["volumes"])


def test_the_health_check_asks_where_health_is_shown() -> None:
    # That it follows HTTP_PORT: tests/monitoring/test_health_check.py.
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (check,) = re.findall(r"^HEALTHCHECK .* CMD (.*)$", text, flags=re.MULTILINE)
    assert json.loads(check) == ["python", "-m", "bot.health_check"]
