"""`/workflows` for members and `/workflow` for administrators."""
