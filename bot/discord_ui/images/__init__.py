"""The buttons under a finished image."""
