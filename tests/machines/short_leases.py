"""The program itself, but that a worker which says nothing is thought dead after `LEASE_SECONDS`."""

import os

from bot import __main__ as program
from bot.ledger import ledger

ledger.LEASE_SECONDS = float(os.environ["LEASE_SECONDS"])  # type: ignore[misc]
program.main()
