"""`/history`: a member’s own images."""
