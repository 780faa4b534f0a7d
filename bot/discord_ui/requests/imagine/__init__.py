"""`/imagine`, and what its options mean in each workflow."""
