"""Which server takes a job, and when."""
