"""How grids look."""
