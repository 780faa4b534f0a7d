"""The interactions that the processes with one database have taken."""
