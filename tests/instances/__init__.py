"""One bot, once: what happens when it is started twice."""
