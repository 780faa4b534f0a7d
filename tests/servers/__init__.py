"""The same promises of every kind of server, from the seam that jobs work from; and doors that they stand behind."""
