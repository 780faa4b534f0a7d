"""All packs of a process, and which server can run which."""
