"""All blocks of one member: what counts in direct messages, which belong to no guild."""

from bot.ledger import Ledger
from tests.people import ALICE, BOB


async def test_blocks_are_found_for_a_member_in_all_guilds(ledger: Ledger) -> None:
    await ledger.rules.block(1, ALICE.id, 9, "first", None)
    await ledger.rules.block(2, ALICE.id, 9, "over", -1.0)
    await ledger.rules.block(3, ALICE.id, 9, "second", 60.0)
    await ledger.rules.block(1, BOB.id, 9, "another", None)
    assert {block.guild_id for block in await ledger.rules.blocks_of(ALICE.id)} == {1, 3}
    await ledger.rules.unblock(1, ALICE.id)
    assert [block.reason for block in await ledger.rules.blocks_of(ALICE.id)] == ["second"]
