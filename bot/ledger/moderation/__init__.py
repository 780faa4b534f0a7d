"""Moderators' decisions, and the audit log."""
