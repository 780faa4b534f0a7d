"""`/grid`: one prompt in many variants, side by side on a labelled sheet."""
