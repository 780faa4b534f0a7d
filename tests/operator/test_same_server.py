"""Which addresses in COMFYUI_URLS lead to one server, as far as that is certain."""

import pytest

from bot.doctor.same_server import check_same

HOME, PROXY = frozenset({"192.168.1.5"}), frozenset({"104.16.0.1", "104.16.0.2"})


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("http://192.168.1.5:8188", "http://gpu.lan:8188", True),
        ("http://192.168.1.5", "http://gpu.lan:80/", True),
        ("http://192.168.1.5:8188", "http://gpu.lan:8189", False),
        ("http://192.168.1.5/one", "http://gpu.lan/two", False),
    ],
)
def test_a_name_of_an_ip_address_is_the_same_server(first: str, second: str, same: bool) -> None:
    assert len(list(check_same({first: HOME, second: HOME}))) == same


def test_two_names_behind_one_proxy_are_two_servers() -> None:
    assert not list(check_same({"https://one.example.com": PROXY, "https://two.example.com": PROXY}))


def test_what_no_name_server_knows_is_like_nothing() -> None:
    assert not list(check_same({"http://192.168.1.5:8188": frozenset(), "http://gpu.lan:8188": frozenset()}))
