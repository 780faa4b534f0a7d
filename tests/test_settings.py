"""Settings: good defaults, every fault in one go, and an example file that tells the truth."""

import io
import logging
import re
from decimal import Decimal
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.addresses import ServerAddress
from bot.errors import SettingsError
from bot.settings import VARIABLES, Caps, GpuRules, Settings, SpendingRules, read_settings

TOKEN = "made-up.token.for-tests"
EXAMPLE = Path(__file__).parents[1] / ".env.example"


def read(**environment: str) -> Settings:
    return read_settings({"DISCORD_TOKEN": TOKEN, **environment})


def faults_of(**environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    return raised.value.faults


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        (
            {"DATA_DIR": "/no/where"},
            "It is the file /no/where/darkroom.db. Let the bot's user write there, or set DATA_DIR",
        ),
        (
            {"DATABASE_URL": "sqlite+aiosqlite:////no/where.db?timeout=5"},
            "It is the file /no/where.db. Let the bot's user write there, or set DATABASE_URL",
        ),
        (
            {"DATABASE_URL": "postgresql+asyncpg://host/darkroom"},
            "Check DATABASE_URL, and that the database server is running.",
        ),
    ],
)
def test_what_to_do_about_a_database_is_said_of_the_setting_that_names_it(
    environment: dict[str, str], advice: str
) -> None:
    assert read(**environment).database_advice.startswith(advice)


def test_a_folder_that_the_operator_names_and_that_is_missing_is_reported(tmp_path: Path) -> None:
    settings = read(WORKFLOWS_DIR=str(tmp_path / "none"), WILDCARDS_DIR=str(tmp_path))
    assert settings.unknown == (f"WORKFLOWS_DIR: there is no folder {tmp_path / 'none'}.",)


# --- Defaults and values


def test_a_token_is_all_that_is_needed() -> None:
    assert read() == Settings(
        discord_token=TOKEN,
        comfyui_urls=(ServerAddress.parse("http://127.0.0.1:8188"),),
        comfyui_ca_file=None,
        comfyui_command=(),
        gpu_rules={"": GpuRules(), "http://127.0.0.1:8188": GpuRules()},
        spending=SpendingRules(),
        database_url="sqlite+aiosqlite:///data/darkroom.db",
        data_dir=Path("data"),
        workflows_dir=Path("workflows"),
        wildcards_dir=Path("wildcards"),
        workflow_nodes=(),
        roles=frozenset({"gateway", "worker"}),
        shard_count=1,
        shard_ids=(0,),
        history_days=90,
        caps=Caps(),
        picture_check=(),
        http_address=None,
        public_url="",
        public_address=("127.0.0.1", 8480),
        embedded_graph="keep",
        ai_mark=True,
        owner_ids=(),
        test_guild_ids=(),
        log_level=logging.INFO,
        log_format="text",
    )


def test_what_is_empty_counts_as_not_given() -> None:
    assert read(**{variable.name: "  " for variable in VARIABLES if variable.default is not None}) == read()


def test_every_setting_can_be_given() -> None:
    settings = read(
        COMFYUI_URLS=" http://127.0.0.1:8188/ , https://gpu.example:8443/comfy,, http://127.0.0.1:8188",
        COMFYUI_COMMAND="python '/srv/my ComfyUI/main.py' --lowvram",
        DATA_DIR="/srv/darkroom",
        WORKFLOWS_DIR="packs",
        WILDCARDS_DIR="lists",
        WORKFLOW_NODES="KSampler*, , SaveImage",
        TEST_GUILD_IDS="123456789012345678, 2",
        LOG_LEVEL="debug",
        LOG_FORMAT="json",
    )
    assert settings.comfyui_urls == ("http://127.0.0.1:8188", "https://gpu.example:8443/comfy")
    assert settings.comfyui_command == ("python", "/srv/my ComfyUI/main.py", "--lowvram")
    assert settings.database_url == "sqlite+aiosqlite:////srv/darkroom/darkroom.db"
    assert settings.workflows_dir == Path("packs")
    assert settings.wildcards_dir == Path("lists")
    assert settings.workflow_nodes == ("KSampler*", "SaveImage")
    assert settings.test_guild_ids == (123456789012345678, 2)
    assert (settings.log_level, settings.log_format) == (logging.DEBUG, "json")


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////srv/jobs.db", "postgresql+asyncpg://me@db.example/darkroom"])
def test_a_database_may_be_elsewhere(url: str) -> None:
    assert read(DATABASE_URL=url).database_url == url


def test_roles_and_shards_are_shared_out_on_a_postgresql() -> None:
    database = {"DATABASE_URL": "postgresql+asyncpg://me@db.example/darkroom"}
    settings = read(ROLES="gateway", SHARD_COUNT="4", SHARD_IDS="2, 3", **database)
    assert (settings.roles, settings.shard_count, settings.shard_ids) == (frozenset({"gateway"}), 4, (2, 3))
    assert read(SHARD_COUNT="3", **database).shard_ids == (0, 1, 2)
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, SHARD_COUNT="2", SHARD_IDS="2", **database)
    assert fault.startswith("SHARD_IDS")


def test_what_servers_cost_is_exact_and_a_limit_needs_prices() -> None:
    urls = "runpod://abc123,http://127.0.0.1:8188"
    rented = {"COMFYUI_URLS": urls, "RUNPOD_API_KEY": "made-up"}
    spending = read(**rented, PRICE_PER_SECOND="runpod://abc123 => 0.00044", SPEND_LIMIT="20").spending
    assert spending.price_of("runpod://abc123") == Decimal("0.00044")
    assert spending.price_of("http://127.0.0.1:8188") is None
    assert spending.limit == 20_000_000
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, **rented, SPEND_LIMIT="20")
    assert "price for runpod://abc123" in fault
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, PRICE_PER_SECOND="http://elsewhere:1 => 1")
    assert "http://elsewhere:1 is not in COMFYUI_URLS" in fault


def test_partner_nodes_need_a_key_a_guild_and_under_a_limit_a_price() -> None:
    spending = read(COMFY_PARTNER_KEY="made-up-key", PARTNER_GUILDS="7, 8", PARTNER_PRICE="0.05").spending
    assert (spending.partner_price, spending.allows_partners(7)) == (50_000, True)
    assert not spending.allows_partners(9)
    assert not spending.allows_partners(None), "nobody knows whose direct message that is"
    assert not read(PARTNER_GUILDS="7").spending.allows_partners(7)
    assert "made-up-key" not in repr(spending)
    assert "made-up-key" in read(COMFY_PARTNER_KEY="made-up-key").secrets
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, COMFY_PARTNER_KEY="k", PARTNER_GUILDS="7", SPEND_LIMIT="1")
    assert "set PARTNER_PRICE" in fault
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, COMFY_PARTNER_KEY="two words")
    assert "two words" not in fault


EVERYWHERE = "0.0.0.0"  # noqa: S104 - what an operator may want


@pytest.mark.parametrize(
    ("given", "address"),
    [("9100", ("127.0.0.1", 9100)), (f"{EVERYWHERE}:9100", (EVERYWHERE, 9100)), ("[::1]:9100", ("::1", 9100))],
)
def test_health_is_shown_where_the_operator_wants_it(given: str, address: tuple[str, int]) -> None:
    assert read(HTTP_PORT=given).http_address == address


@pytest.mark.parametrize("shared", [{"ROLES": "worker"}, {"SHARD_COUNT": "2", "SHARD_IDS": "1"}])
def test_processes_cannot_share_an_sqlite_file(shared: dict[str, str]) -> None:
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, **shared)
    assert "which needs PostgreSQL: set DATABASE_URL" in fault


def test_a_fault_never_tells_a_password() -> None:
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, DATABASE_URL="mysql://me:hush-hush@db.example/darkroom")
    assert fault.startswith("DATABASE_URL")
    assert "hush" not in fault


def test_what_belongs_to_others_is_left_alone() -> None:
    assert read(PATH="/bin", HTTP_PROXY="nonsense") == read()


# --- Faults


def test_a_missing_token_says_where_to_find_one() -> None:
    for environment in ({}, {"DISCORD_TOKEN": ""}, {"DISCORD_TOKEN": " \n"}):
        (fault,) = faults_of(**environment)
        assert fault.startswith("DISCORD_TOKEN is missing")
        assert "developer portal" in fault


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("COMFYUI_URLS", ",", "at least one address"),
        ("COMFYUI_URLS", "127.0.0.1:8188", "'127.0.0.1:8188' is not an address"),
        ("COMFYUI_URLS", "http://", "is not an address"),
        ("COMFYUI_URLS", "ws://127.0.0.1:8188", "is not an address"),
        ("COMFYUI_URLS", "http://127.0.0.1:8188,gpu2", "'gpu2' is not an address"),
        ("COMFYUI_URLS", "http://127.0.0.1:99999", "out of range"),
        ("COMFYUI_URLS", "http://127.0.0.1:port", "port"),
        ("COMFYUI_URLS", "http://[::1", "IPv6"),
        ("COMFYUI_COMMAND", "python 'main.py", "quotation mark"),
        ("DATABASE_URL", "postgresql://127.0.0.1/darkroom", "it must begin with"),
        ("DATABASE_URL", "data/darkroom.db", "it must begin with"),
        ("ROLES", "gateway,dealer", "gateway, worker or both"),
        ("SHARD_COUNT", "0", "1 or more"),
        ("HTTP_PORT", "http", "port from 1"),
        ("HTTP_PORT", "70000", "port from 1"),
        ("PUBLIC_URL", "paint.example", "write it like https://"),
        ("PUBLIC_URL", "http://paint.example", "use https"),
        ("PUBLIC_URL", "https://paint.example/?a=b", "only a path"),
        ("PUBLIC_URL", "https://paint.example:port", "its port is not valid"),
        ("PUBLIC_URL", f"https://paint.example/{'a' * 200}", "at most 200 characters"),
        ("PUBLIC_PORT", "80800", "port from 1"),
        ("HISTORY_DAYS", "long", "number of days"),
        ("TEST_GUILD_IDS", "my server", "use ids"),
        ("TEST_GUILD_IDS", "1,-2", "use ids"),
        ("LOG_LEVEL", "LOUD", "choose one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "choose text or json"),
        ("EMBEDDED_GRAPH", "yes", "choose one of keep, recipe, strip"),
    ],
)
def test_a_fault_names_its_setting_and_what_is_wrong(name: str, value: str, what: str) -> None:
    (fault,) = faults_of(DISCORD_TOKEN=TOKEN, **{name: value})
    assert fault.startswith(f"{name}=")
    assert what in fault


def test_the_page_has_a_port_of_its_own() -> None:
    assert read(PUBLIC_URL="http://[::1]:8000/", HTTP_PORT="9100").public_url == "http://[::1]:8000"
    assert read(HTTP_PORT="8480").public_url == ""
    (fault,) = faults_of(
        DISCORD_TOKEN=TOKEN, PUBLIC_URL="https://a.example/darkroom", HTTP_PORT="0.0.0.0:9100", PUBLIC_PORT="9100"
    )
    assert fault == "PUBLIC_PORT and HTTP_PORT are both 9100: health and metrics need a port of their own."


def test_all_faults_are_told_at_once() -> None:
    wrong = {
        "COMFYUI_URLS": "gpu",
        "DATABASE_URL": "mysql://x",
        "TEST_GUILD_IDS": "x",
        "LOG_LEVEL": "x",
        "LOG_FORMAT": "x",
    }
    faults = faults_of(**wrong)
    assert [re.split("[= ]", fault, maxsplit=1)[0] for fault in faults] == ["DISCORD_TOKEN", *wrong]


def test_a_fault_never_tells_the_token() -> None:
    assert TOKEN not in "".join(faults_of(DISCORD_TOKEN=TOKEN, LOG_LEVEL="x"))


# --- .env.example


def test_the_example_lists_every_setting_in_order_with_its_purpose_and_default() -> None:
    blocks = EXAMPLE.read_text(encoding="utf-8").strip().split("\n\n")[1:]
    assert len(blocks) == len(VARIABLES)
    for block, variable in zip(blocks, VARIABLES, strict=True):
        purpose, *_, setting = block.splitlines()
        assert purpose == f"# {variable.purpose}"
        # What has a default is a comment; what has none is there to be filled in.
        default = variable.default
        assert setting == (f"{variable.name}=" if default is None else f"# {variable.name}={default}")


def test_a_copy_of_the_example_needs_nothing_but_a_token() -> None:
    values = dotenv_values(EXAMPLE)
    assert values == {variable.name: "" for variable in VARIABLES if variable.default is None}
    assert read_settings({"DISCORD_TOKEN": TOKEN, **{name: value for name, value in values.items() if value}}) == read()


def test_the_defaults_of_the_example_are_those_of_the_program() -> None:
    text = re.sub(r"^# (?=[A-Z0-9_]+=)", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    values = dotenv_values(stream=io.StringIO(text))
    assert list(values) == [variable.name for variable in VARIABLES]
    assert read(**{name: value for name, value in values.items() if value}) == read()


# --- What is written nearly right


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("COMFYUI_URL", "COMFYUI_URLS"),
        ("COMFY_URLS", "COMFYUI_URLS"),
        ("DISCORD_TOKENS", "DISCORD_TOKEN"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("discord_token", "DISCORD_TOKEN"),
        ("OWNER_ID", "OWNER_IDS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("SHARD-IDS", "SHARD_IDS"),
    ],
)
def test_a_name_that_is_nearly_right_is_named_with_the_right_one(name: str, right: str) -> None:
    said = f"{name} is not a setting, so it is ignored. Did you mean {right}?"
    assert read(**{name: "hush-hush"}).unknown == (said,)
    assert faults_of(**{name: "hush-hush", "LOG_FORMAT": "xml"})[-1] == said


def test_names_of_other_programs_are_nobodys_mistake() -> None:
    others = (
        "PATH HOME HTTP_PROXY HTTPS_PROXY HTTP_HOST XDG_DATA_DIRS PGDATABASE PYTHONPATH TOKEN HOSTNAME LOGNAME URL PORT"
    )
    assert read(**dict.fromkeys(others.split(), "x")).unknown == ()


@pytest.mark.parametrize(
    "written",
    [
        "http://a:8188;http://b:8188",
        "http://a:8188 ; http://b:8188;",
        "http://a:8188 http://b:8188",
        "http://a:8188\n  http://b:8188\n",
        "http://a:8188/#/, http://b:8188/#",
        "http://a:8188/index.html;http://b:8188/",
    ],
)
def test_addresses_are_understood_however_they_are_separated_or_copied(written: str) -> None:
    assert read(COMFYUI_URLS=written).comfyui_urls == ("http://a:8188", "http://b:8188")


def test_a_semicolon_in_a_password_separates_nothing() -> None:
    (one,) = read(COMFYUI_URLS="http://me:hush;hush@a:8188").comfyui_urls
    assert one == "http://a:8188"
    assert "hush;hush" in one.secrets


def test_caps_are_read_together_and_a_wrong_one_is_explained() -> None:
    caps = read(MAX_SIZE="1536x1024", MAX_STEPS="40", MAX_IMAGES="4", GUILD_QUEUED="50", GUILD_DISK="200").caps
    assert caps == Caps(pixels=1536 * 1024, steps=40, pictures=4, waiting=50, disk=200 * 2**20)
    assert read(MAX_SIZE="1000000").caps.pixels == 1_000_000
    for wrong in ({"MAX_SIZE": "huge"}, {"MAX_STEPS": "0"}, {"GUILD_DISK": "-1"}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            read(**wrong)
