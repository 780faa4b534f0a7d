"""What may reach a server's disk: by a parameter, or in an uploaded graph."""
