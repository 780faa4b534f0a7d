"""compose.yaml against the program's own settings and the Dockerfile; no Docker engine is needed to read them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.roles import HANDLING_SECONDS
from bot.settings import VARIABLES

ROOT = Path(__file__).parents[1]
BOTS = ("bot", "gateway", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_the_bot_alone_is_what_comes_up_by_itself(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles") for name, service in compose["services"].items()}
    assert profiles == {
        "bot": None,
        "gateway": ["scale"],
        "worker": ["scale"],
        "postgres": ["scale"],
        "comfyui": ["gpu"],
    }


def test_two_gateways_have_the_same_settings_and_a_folder_each(compose: dict[str, Any]) -> None:
    one, two = (compose["services"][name] for name in ("bot", "gateway"))
    assert two["environment"] == {"ROLES": "gateway"}
    folders = [next(volume for volume in service["volumes"] if volume.endswith(":/data")) for service in (one, two)]
    assert len(set(folders)) == 2
    assert set(one["volumes"]) - set(folders) == set(two["volumes"]) - set(folders)


def test_a_gateway_has_the_time_to_end_what_it_has_begun(compose: dict[str, Any]) -> None:
    for name in BOTS:
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) >= HANDLING_SECONDS + 8


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


def test_models_and_custom_nodes_come_from_the_operators_folders_and_never_reach_a_builder(
    compose: dict[str, Any],
) -> None:
    volumes = compose["services"]["comfyui"]["volumes"]
    assert {volume for volume in volumes if volume.startswith(".")} == {
        "./comfyui/models:/data/models",
        "./comfyui/custom_nodes:/data/custom_nodes",
    }
    sent = (ROOT / "comfyui.Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [line for line in sent if not line.startswith("#")] == ["*", "!comfyui/custom_nodes/*/requirements.txt"]


def test_the_comfyui_has_versions_previews_and_a_health_check(compose: dict[str, Any]) -> None:
    text = (ROOT / "comfyui.Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^ARG COMFYUI_VERSION=v\d+\.\d+\.\d+$", text, flags=re.MULTILINE)
    torch = re.search(r'^ARG TORCH="(.+)"$', text, flags=re.MULTILINE)
    assert torch is not None
    assert all("==" in package for package in torch[1].split())
    assert '"--preview-method", "auto"' in text
    assert "/system_stats" in text
    assert compose["services"]["comfyui"]["init"] is True


def test_every_volume_that_is_used_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.partition(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert {name for name in used if not name.startswith(".")} == set(compose["volumes"])


def test_the_health_check_asks_where_health_is_shown() -> None:
    # That it follows HTTP_PORT: tests/monitoring/test_health_check.py.
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (check,) = re.findall(r"^HEALTHCHECK .* CMD (.*)$", text, flags=re.MULTILINE)
    assert json.loads(check) == ["python", "-m", "bot.health_check"]
