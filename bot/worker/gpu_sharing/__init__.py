"""When a server's GPU is left alone: it rests, sleeps, or loses the models that nobody uses."""
