"""The live panel of a server's queue."""
