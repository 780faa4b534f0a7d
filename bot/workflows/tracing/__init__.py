"""Walking a graph to what people set: which nodes run, what titles say, texts, files and settings."""
