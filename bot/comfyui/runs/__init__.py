"""A graph on a server, from its submit to its end."""
