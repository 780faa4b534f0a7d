"""Run a graph on a server, from submit to end."""
