"""A job's files: uploads to its server, downloads from it, checks, and Discord attachments."""
