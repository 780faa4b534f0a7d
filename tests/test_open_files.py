"""What may be open is divided so that what is held long never takes what has to go through."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.operating_system.open_files import as_files_allow, divide, large_uploads


@given(st.integers(64, 2**20), st.integers(0, 200))
def test_every_share_leaves_room_for_the_others(limit: int, servers: int) -> None:
    shares = divide(limit, servers)
    assert shares.discord >= 8
    assert shares.asks >= 1
    assert shares.transfers >= 1
    assert 1 <= shares.sockets <= limit // 4


@pytest.mark.parametrize(
    ("limit", "servers"), [(64, 1), (64, 4), (128, 8), (256, 1), (256, 4), (1024, 50), (4096, 200), (65_536, 50)]
)
def test_all_together_stay_under_the_limit(limit: int, servers: int) -> None:
    shares = divide(limit, servers)
    # Whatever is fetched is written down meanwhile; a message that goes up has ten files.
    for_servers = servers * (shares.asks + 2 * shares.transfers) + shares.sockets
    assert shares.discord + 10 * large_uploads(shares.discord) + for_servers < limit


def test_what_is_too_little_for_so_many_servers_is_known() -> None:
    assert divide(1024, 50).enough_for(50)
    assert not divide(256, 50).enough_for(50)


@given(st.integers(8, 256))
def test_large_uploads_leave_most_connections_to_all_others(connections: int) -> None:
    assert 1 <= large_uploads(connections) <= connections // 4


async def test_what_finds_no_file_to_open_waits_for_one() -> None:
    lacking = iter((errno.EMFILE, errno.ENFILE))

    async def act() -> str:
        for lack in lacking:
            raise OSError(lack, "too many")
        return "done"

    assert await as_files_allow(act) == "done"


async def test_any_other_fault_passes() -> None:
    async def act() -> None:
        raise OSError(errno.ENOSPC, "the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await as_files_allow(act)
