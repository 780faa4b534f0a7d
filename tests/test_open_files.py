"""What may be open is divided so that what is held long never takes what has to go through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.operating_system.open_files import divide


@given(st.integers(64, 2**20), st.integers(0, 200))
def test_every_share_leaves_room_for_the_others(limit: int, servers: int) -> None:
    shares = divide(limit, servers)
    assert shares.discord >= 8
    assert shares.asks >= 1
    assert shares.transfers >= 1
    assert 0 <= shares.sockets <= limit // 4


@pytest.mark.parametrize(("limit", "servers"), [(256, 1), (256, 4), (1024, 50), (4096, 200), (65_536, 50)])
def test_all_together_stay_under_the_limit(limit: int, servers: int) -> None:
    shares = divide(limit, servers)
    assert shares.discord + servers * (shares.asks + shares.transfers) + shares.sockets < limit


def test_what_is_too_little_for_so_many_servers_is_known() -> None:
    assert divide(1024, 50).enough_for(50)
    assert not divide(256, 50).enough_for(50)
