"""How far a run is, and how long it still takes. Pure but for what is remembered of other runs."""
