"""Catalogues of translations: made from the code, complete, and within Discord's limits."""
