"""What a run leaves: files, texts, and images that come over the socket."""
