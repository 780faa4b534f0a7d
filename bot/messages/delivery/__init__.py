"""A message on its way to its reader: edited, sent elsewhere, or kept."""
