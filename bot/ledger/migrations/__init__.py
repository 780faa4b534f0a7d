"""The migrations: one step per module in `versions`."""
