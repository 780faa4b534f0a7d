"""Processes, signals, files and limits, where operating systems differ."""
