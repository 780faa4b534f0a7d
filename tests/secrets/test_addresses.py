"""An address with a password in it: what goes with requests, and what is shown."""

from base64 import b64decode
from pathlib import Path

import pytest

from bot.addresses import ServerAddress, masked
from bot.errors import SettingsError
from bot.settings import read_settings

CANARY = "canary-pass"


@pytest.mark.parametrize(
    ("text", "shown", "login"),
    [
        ("http://host", "http://host", None),
        ("https://host:8443/comfy/", "https://host:8443/comfy", None),
        ("http://user:pass@host", "http://host", "user:pass"),
        ("http://us%40er:p%3Aa%2Fss@[::1]:8188/x", "http://[::1]:8188/x", "us@er:p:a/ss"),
        ("http://[fe80::1%25eth0]:8188/x", "http://[fe80::1%eth0]:8188/x", None),
        ("http://user:p:w@host", "http://host", "user:p:w"),
        ("http://token@host", "http://host", "token:"),
        ("http://jürgen:pässword@host", "http://host", "jürgen:pässword"),
    ],
)
def test_the_text_of_an_address_has_no_password(text: str, shown: str, login: str | None) -> None:
    address = ServerAddress.parse(text)
    assert str(address) == shown
    assert f"{address} {address!r} {address + '/queue'}".count(shown) == 3
    if login is None:
        assert not address.headers
        assert not address.secrets
    else:
        kind, _, sent = address.headers["Authorization"].partition(" ")
        assert (kind, b64decode(sent).decode()) == ("Basic", login)
        assert login.partition(":")[2] in address.secrets or login.endswith(":")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"http://h/?{CANARY}", "only a token can follow"),
        (f"http://h/?token={CANARY}#{CANARY}", "only a token can follow"),
        (f"http://h/#{CANARY}", "only a token can follow"),
        ("http://h/?", "only a token can follow"),
        ("http://h/?token=", "only a token can follow"),
        (f"http://h/?token={CANARY}1,http://h/?token={CANARY}2", "twice, with different passwords"),
        (f"runpod://{CANARY}@abc", "write runpod:// and the id of your endpoint"),
        (f"https://me:{CANARY}@api.runpod.ai/v2/abc", "write runpod:// and the id of your endpoint"),
        (f"https://cloud.comfy.org/?token={CANARY}", "write comfyapi+https://cloud.comfy.org"),
        (f"https://{CANARY}@dep-1.run.comfy.app", "write comfyapi+https://dep-1.run.comfy.app"),
        (f"http://user:{CANARY}/x@h", "write @ as %40"),
        (f"http://user:x?{CANARY}@h", "write @ as %40"),
        (f"http://user:{CANARY}", "port is not a number"),
        (f"http://user:x,{CANARY}@h", "port is not a number"),
        (f"user:{CANARY}@h", "write @ as %40"),
        (f"ftp://user:{CANARY}@h", "is not an address"),
        (f"http://user:{CANARY}@h:70000", "out of range"),
        (f"http://user:{CANARY}@[::1", "brackets"),
        (f"http://user:{CANARY}@gpu..lan:8188", "no host can be called gpu..lan"),
        (f"http://a:{CANARY}1@h,http://a:{CANARY}2@h", "twice, with different passwords"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained_without_its_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"DISCORD_TOKEN": "x", "COMFYUI_URLS": url})
    (fault,) = raised.value.faults
    assert said in fault
    assert CANARY not in fault


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{CANARY}@db/x",
        f"postgres:me:{CANARY}",
        CANARY,
        f"postgresql+asyncpg://me:{CANARY}@x:word@db/x",
        f"postgresql+asyncpg://me:{CANARY}",
        f"postgresql+asyncpg://me:x@db:{CANARY}/x",
        f"postgresql+asyncpg://me:{CANARY}@db:99999/x",
        f"postgresql+asyncpg://db/x?user=me&port={CANARY}",
        f"postgresql+asyncpg://db/x?{CANARY}=1",
        f"postgresql+asyncpg://db/x?ssl={CANARY}",
        f"postgresql+asyncpg://db/x?prepared_statement_cache_size={CANARY}",
    ],
)
def test_a_database_url_that_cannot_be_used_is_never_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"DISCORD_TOKEN": "x", "DATABASE_URL": url})
    (fault,) = raised.value.faults
    assert fault.startswith("DATABASE_URL=")
    assert CANARY not in fault


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://me:p:a/s?s@db.example:5432/darkroom",
        "postgresql+asyncpg://me@[::1]:5432/darkroom?ssl=require",
        "postgresql+asyncpg:///darkroom?host=/var/run/postgresql",
        "postgresql+asyncpg://db/x?user=me&password=p%20w&port=5433&ssl=verify-full",
    ],
)
def test_whatever_sqlalchemy_takes_for_a_postgresql_is_taken(url: str) -> None:
    assert read_settings({"DISCORD_TOKEN": "x", "DATABASE_URL": url}).database_url == url


def test_settings_show_no_secret_and_know_them_all() -> None:
    settings = read_settings(
        {
            "DISCORD_TOKEN": f"{CANARY}-token",
            "COMFYUI_URLS": f"http://me:{CANARY}%401@h",
            "DATABASE_URL": f"postgresql+asyncpg://me:{CANARY}2@db/x?password={CANARY}3",
        }
    )
    assert CANARY not in repr(settings)
    assert {f"{CANARY}-token", f"{CANARY}@1", f"{CANARY}%401", f"{CANARY}2", f"{CANARY}3"} <= settings.secrets


def test_one_server_that_is_named_twice_is_one() -> None:
    settings = read_settings({"DISCORD_TOKEN": "x", "COMFYUI_URLS": "http://a:b@h,http://a:b@h/"})
    assert settings.comfyui_urls == ("http://h",)
    assert settings.comfyui_urls[0].headers


def test_masking_leaves_what_helps_to_find_the_mistake() -> None:
    assert masked("http://127.0.0.1:8188/comfy") == "http://127.0.0.1:8188/comfy"
    assert masked("https://me:secret@gpu:port/x?y=z") == "https://…@gpu:…/x?…"


def opened(urls: str, headers: str) -> dict[str, dict[str, str]]:
    settings = read_settings({"DISCORD_TOKEN": "x", "COMFYUI_URLS": urls, "COMFYUI_HEADERS": headers})
    sent = [value for url in settings.comfyui_urls for value in url.headers.values()]
    assert all({value, value.partition(" ")[2]} & settings.secrets for value in sent)
    return {str(url): dict(url.headers) for url in settings.comfyui_urls}


def test_headers_are_for_all_servers_or_for_one() -> None:
    told = opened(
        "http://a:1/x/,http://[::1]:2,https://b",
        "X-All: 1; Authorization: Bearer canary-all | http://a:1/x => authorization: Bearer canary-a; Cookie: c=1; d=2 "
        "| http://[::1]:2 => X-All: 2",
    )
    assert told == {
        "http://a:1/x": {"X-All": "1", "authorization": "Bearer canary-a", "Cookie": "c=1; d=2"},
        "http://[::1]:2": {"Authorization": "Bearer canary-all", "X-All": "2"},
        "https://b": {"X-All": "1", "Authorization": "Bearer canary-all"},
    }


def test_a_login_of_its_own_counts_before_a_header_for_all() -> None:
    told = opened("http://me:canary@a,http://b", "Authorization: Bearer canary-all")
    assert told["http://a"]["Authorization"].startswith("Basic ")
    assert told["http://b"]["Authorization"] == "Bearer canary-all"


def test_the_token_of_a_header_is_a_secret_by_itself() -> None:
    environment = {"DISCORD_TOKEN": "x", "COMFYUI_HEADERS": f"Authorization: Bearer {CANARY}"}
    assert {CANARY, f"Bearer {CANARY}"} <= read_settings(environment).secrets
    environment["COMFYUI_HEADERS"] = f"Cookie: a=1; session={CANARY}; b=2"
    assert CANARY in read_settings(environment).secrets


@pytest.mark.parametrize("key", [f"Bearer {CANARY}", f"'{CANARY}'", f'"{CANARY}"', f"{CANARY}\nx", f"ü{CANARY}"])
@pytest.mark.parametrize(
    ("name", "url"), [("COMFY_API_KEY", "comfyapi+https://cloud.example"), ("RUNPOD_API_KEY", "runpod://abc")]
)
def test_what_people_copy_along_with_a_key_is_a_fault_that_does_not_repeat_it(name: str, url: str, key: str) -> None:
    with pytest.raises(SettingsError, match="a key has no spaces or quotes") as raised:
        read_settings({"DISCORD_TOKEN": "x", "COMFYUI_URLS": url, name: key})
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (f"Bearer {CANARY}", "write Name: value"),
        (f"Authorization: {CANARY}\n", None),
        (f"Authorization: {CANARY}\x00", "write Name: value"),
        ("Authorization:", "write Name: value"),
        (f"http://other => A: {CANARY}", "http://other is not in COMFYUI_URLS"),
        (f"ftp://{CANARY}@x => A: {CANARY}", "is not an address"),
        (
            f"http://h => Authorization: {CANARY}",
            "http://h has a login in COMFYUI_URLS and Authorization here: keep one",
        ),
        (f"A: {CANARY}; a: {CANARY}", "a appears twice"),
        (f"Host: {CANARY}", "Host can't be set"),
        (f"Sec-WebSocket-Key: {CANARY}", "Sec-WebSocket-Key can't be set"),
        # What would be sent as another header than was meant, and to all servers.
        (f"http://h = A: {CANARY}", "write Name: value"),
        (f"http://h: A: {CANARY}", "write Name: value"),
        (f"comfyapi+https://h -> A: {CANARY}", "write Name: value"),
        (f"h:8188 => A: {CANARY}", "=> after the whole address"),
        (f"A: {CANARY} | B: {CANARY}", "; stands between two headers"),
        (f"A: {CANARY}, B: {CANARY}", "; stands between two headers"),
        (f"'A: {CANARY}'", "write Name: value"),
        (f'A: {{"a": 1, "b": "{CANARY}"}}, x:y => z', None),
        (f"HTTP-Referer: http://{CANARY}, https://x", None),
    ],
)
def test_headers_that_cannot_be_used_are_explained_without_their_values(headers: str, said: str | None) -> None:
    environment = {"DISCORD_TOKEN": "x", "COMFYUI_URLS": "http://me:pw@h", "COMFYUI_HEADERS": headers}
    if said is None:
        read_settings(environment)
        return
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    (fault,) = raised.value.faults
    assert said in fault
    assert CANARY not in fault


def test_a_token_in_an_address_goes_with_every_request_and_is_not_in_its_text() -> None:
    address = ServerAddress.parse(f"https://host/comfy/?token={CANARY}%2B1&x=2")
    assert (str(address), address.http) == ("https://host/comfy", "https://host/comfy")
    assert address.query == {"token": f"{CANARY}+1", "x": "2"}
    assert {f"{CANARY}+1", f"{CANARY}%2B1"} <= address.secrets


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "it cannot be read: No such file or directory"), ("", "no certificate"), ("PEM", "no certificate")],
)
def test_a_file_of_certificates_that_holds_none_is_a_fault_at_the_start(
    content: str | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError) as raised:
        read_settings({"DISCORD_TOKEN": "x", "COMFYUI_CA_FILE": str(file)})
    (fault,) = raised.value.faults
    assert said in fault


def test_the_path_of_comfy_api_v2_may_be_written_or_not() -> None:
    for written in ("", "/", "/api/v2", "/api/v2/"):
        address = ServerAddress.parse(f"comfyapi+https://cloud.example{written}")
        assert (str(address), address.http) == ("comfyapi+https://cloud.example", "https://cloud.example")


def test_the_key_for_comfy_api_v2_goes_to_servers_with_that_api_only_and_is_secret() -> None:
    urls = "http://own.example,comfyapi+https://cloud.example,comfyapi+https://u:other@deployment.example"
    settings = read_settings({"DISCORD_TOKEN": "x", "COMFYUI_URLS": urls, "COMFY_API_KEY": CANARY})
    own, cloud, deployment = settings.comfyui_urls
    assert not own.headers
    assert (cloud.http, cloud.headers) == ("https://cloud.example", {"Authorization": f"Bearer {CANARY}"})
    assert CANARY not in str(deployment.headers)
    assert CANARY in settings.secrets
    assert CANARY not in repr(settings)
