"""The first start: its questions, and the settings file that it fills in."""
