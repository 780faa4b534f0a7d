"""The migration steps. Each names its predecessor."""
