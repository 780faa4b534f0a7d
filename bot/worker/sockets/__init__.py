"""The sockets of a server's users, within a limit."""
