"""Asking for images: `/imagine`, the commands of workflows, `/quota`."""
