"""Trigger words of LoRAs: read by any worker, found by any gateway, and read again after a week."""

import asyncio

from bot.ledger import Ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import look


async def test_words_are_found_until_they_are_read_again(ledger: Ledger, ledger_url: str) -> None:
    await ledger.lora_words.keep({"a/glow & worm.safetensors": "glow, worm", "plain.safetensors": ""})
    names = ["a/glow & worm.safetensors", "plain.safetensors", "unknown.safetensors"]
    assert await ledger.lora_words.of(names) == {names[0]: "glow, worm"}
    assert await ledger.lora_words.of([]) == {}
    assert await ledger.lora_words.fresh() == {*names[:2]}
    await look(ledger_url, "UPDATE lora_words SET read_at = read_at - 8 * 86400 WHERE words = ''")
    assert await ledger.lora_words.fresh() == {names[0]}
    await ledger.lora_words.keep({"plain.safetensors": "now with words"})
    assert await ledger.lora_words.of(names) == {names[0]: "glow, worm", "plain.safetensors": "now with words"}


async def test_two_workers_may_read_the_same_at_once(ledger: Ledger, opening: Opening) -> None:
    ledgers = [ledger, await opening()] if ledger.shared else [ledger]
    words = {f"{number}.safetensors": str(number) for number in range(40)}
    backwards = dict(reversed(words.items()))
    await asyncio.gather(*(one.lora_words.keep(kept) for one in ledgers for kept in (words, backwards)))
    assert await ledger.lora_words.of([*words]) == words
