"""What servers cost that are paid by the second, what partner nodes cost, and how much may be spent in a month."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.addresses import Kind, ServerAddress
from bot.money import read_amount, read_price
from bot.settings.each_server import read_each
from bot.settings.values import Read, read_ids


@dataclass(frozen=True, slots=True)
class SpendingRules:
    """`prices` are for a second, by server; "" is for those that no setting names, None costs nothing. `limit` and
    `partner_price` (of one job) are in millionths. The guilds in `partner_guilds` may use partner nodes, with
    `partner_key`; without it nobody may.
    """

    prices: Mapping[str, Decimal | None] = field(default_factory=dict)
    limit: int | None = None
    partner_key: str = field(default="", repr=False)
    partner_guilds: frozenset[int] = frozenset()
    partner_price: int = 0

    def price_of(self, url: str) -> Decimal | None:
        """What a second on this server costs; None: nothing."""
        return self.prices.get(url, self.prices.get(""))

    @property
    def counts(self) -> bool:
        """Whether anything costs money."""
        return any(self.prices.values()) or bool(self.partners)

    @property
    def partners(self) -> frozenset[int]:
        """The guilds that may use partner nodes."""
        return self.partner_guilds if self.partner_key else frozenset()

    def allows_partners(self, guild_id: int | None) -> bool:
        """Whether this guild may use partner nodes. Direct messages (None) never may."""
        return guild_id in self.partners


def read_spending(read: Read, addresses: Collection[ServerAddress], faults: list[str]) -> SpendingRules:
    """The rules; what does not fit together is added to `faults`."""
    nothing: Mapping[str, Decimal | None] = {}
    nobody: tuple[int, ...] = ()
    rules = SpendingRules(
        prices=read("PRICE_PER_SECOND", lambda text: read_each(text, read_price, addresses), nothing),
        limit=read("SPEND_LIMIT", read_amount, None),
        partner_key=read("COMFY_PARTNER_KEY", read_key, ""),
        partner_guilds=frozenset(read("PARTNER_GUILDS", read_ids, nobody)),
        partner_price=read("PARTNER_PRICE", read_amount, None) or 0,
    )
    if rules.limit is not None:
        unknown = [one for one in addresses if one.kind is Kind.RUNPOD and rules.price_of(one) is None]
        faults += [f"SPEND_LIMIT cannot hold without a price for {one}: set PRICE_PER_SECOND." for one in unknown]
        if rules.partner_key and rules.partner_guilds and not rules.partner_price:
            faults.append("SPEND_LIMIT cannot hold without a price for partner nodes: set PARTNER_PRICE.")
    return rules


def read_key(text: str) -> str:
    """A key as it stands in a graph's `extra_data`. Raises `ValueError`."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a key has no spaces, and only plain letters, digits and signs")
    return text
