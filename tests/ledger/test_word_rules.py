"""Rules of a guild's word list, as every process reads them."""

from bot.ledger import Ledger

GUILD, OTHER = 100, 200


async def test_a_rule_keeps_whether_it_means_a_words_forms(ledger: Ledger) -> None:
    await ledger.rules.add_word(GUILD, "word", "strip", "refuse", 1, forms=True)
    await ledger.rules.add_word(GUILD, "word", "gore", "hold", 1)
    await ledger.rules.add_word(OTHER, "word", "strip", "refuse", 1)
    assert {rule.text: rule.forms for rule in (await ledger.rules.book(GUILD)).words} == {"strip": True, "gore": False}
    assert [rule.forms for rule in (await ledger.rules.book(OTHER)).words] == [False]
    await ledger.rules.add_word(GUILD, "word", "strip", "refuse", 1)
    assert {rule.text: rule.forms for rule in (await ledger.rules.book(GUILD)).words} == {"strip": False, "gore": False}
