"""Files from signed storage: the one redirect that is followed, and without the key."""

import uuid
from collections.abc import Callable

import pytest

from bot.comfyui import Server, connection
from bot.comfyui.api_v2 import assets
from bot.errors import Refused
from bot.workflows import OutputFile
from tests.api_v2 import TOKEN, Gate
from tests.comfyui_server.graphs import model_free


async def test_a_file_comes_from_storage_that_never_sees_the_key(server: Server, gate: Gate) -> None:
    gate.signed = True
    async with connection(server) as one:
        (content,) = await one.generate(model_free())
    assert content.startswith(b"\x89PNG")
    assert gate.stored
    assert not [headers for headers in gate.stored if "Authorization" in headers or TOKEN in str(headers)]


async def test_an_address_that_expired_before_it_was_asked_is_signed_again(server: Server, gate: Gate) -> None:
    gate.signed, gate.expired_addresses = True, 1
    async with connection(server) as one:
        (content,) = await one.generate(model_free())
    assert content.startswith(b"\x89PNG")
    gate.expired_addresses = 100
    async with connection(server) as one:
        with pytest.raises(Refused, match="403: from the storage"):
            await one.generate(model_free())


@pytest.mark.parametrize(
    "location",
    [
        lambda path: f"ftp://files.example{path}",
        lambda path: f"http://user:secret@127.0.0.1{path}",
        lambda path: f"file://{path}",
        lambda _: "http://[::1",
        lambda path: f"https://files..example{path}",
        lambda _: "",
    ],
    ids=["another protocol", "with a login", "a file", "no address", "no name", "nowhere"],
)
async def test_no_other_redirect_is_followed(server: Server, gate: Gate, location: Callable[[str], str]) -> None:
    gate.signed, gate.location = True, location
    file = OutputFile("9", "image.png", str(uuid.uuid4()), "output")
    with pytest.raises(Refused):
        await server.fetch(file)
    assert not gate.stored


async def test_a_second_redirect_is_not_followed(server: Server, gate: Gate) -> None:
    gate.signed, gate.location = True, lambda path: gate.url + path
    with pytest.raises(Refused, match="302"):
        await server.fetch(OutputFile("9", "image.png", str(uuid.uuid4()), "output"))


@pytest.mark.parametrize(
    ("host", "inside"), [("127.0.0.1", True), ("10.1.2.3", True), ("::1", True), ("8.8.8.8", False)]
)
async def test_what_only_this_network_can_reach_is_known(host: str, *, inside: bool) -> None:
    assert await assets.is_inside(host, 443) is inside
