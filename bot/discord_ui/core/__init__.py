"""What every feature is built from. Knows neither the client nor any feature."""
