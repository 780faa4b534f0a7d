"""What jobs cost, and how much may be spent in a month. Amounts are millionths of the provider's currency."""
