"""What one process does for all: queue positions, approvals, digests, and deleting old data."""
