"""`/queue` and `/cancel`."""
