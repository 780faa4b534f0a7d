"""Servers by their names: the same on all machines, or another one on each."""

import pytest

from bot.worker import server_name


@pytest.mark.parametrize("url", ["http://127.0.0.1:8188", "http://localhost:8188", "http://[::1]:8188"])
def test_a_machines_own_server_is_another_one_on_each(url: str) -> None:
    assert server_name(url, "attic") != server_name(url, "cellar")
    assert server_name(url, "attic") == server_name(url, "attic")


@pytest.mark.parametrize("url", ["http://10.0.0.7:8188", "https://comfyui.example.org", "http://gpu:8188"])
def test_a_server_of_the_network_is_the_same_for_all(url: str) -> None:
    assert server_name(url, "attic") == server_name(url, "cellar") == url
