"""What jobs cost on servers that are paid by the second, and the month's budget, over the wire."""
