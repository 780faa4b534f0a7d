"""How far a run is and how long it will still take. Pure, except for the memory of earlier runs."""
