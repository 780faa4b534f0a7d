"""The sockets of a server's users, limited in number."""
