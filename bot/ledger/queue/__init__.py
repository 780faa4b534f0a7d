"""Who waits where, who gets what next, and what becomes of a claim."""
