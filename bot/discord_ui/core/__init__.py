"""Parts that every feature uses. They know neither the client nor any feature."""
