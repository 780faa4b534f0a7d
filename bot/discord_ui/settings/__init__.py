"""`/settings`: what members set for themselves."""
