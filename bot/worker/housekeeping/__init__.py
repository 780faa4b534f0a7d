"""What one process does for all: places, approvals and weeks are shown, and what is old goes."""
