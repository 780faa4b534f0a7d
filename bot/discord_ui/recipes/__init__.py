"""How an image was made: shown, used again, used as an input."""
