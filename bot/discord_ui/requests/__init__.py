"""Requesting images: `/imagine`, the commands of workflows, and `/quota`."""
