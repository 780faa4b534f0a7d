"""When the bot leaves a GPU alone: its decisions, and what members see."""
