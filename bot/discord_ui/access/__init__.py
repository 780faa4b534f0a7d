"""Who may see a job, and who may act on it."""
