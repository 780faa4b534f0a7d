"""The workflows that administrators upload: kept, checked, loaded."""
