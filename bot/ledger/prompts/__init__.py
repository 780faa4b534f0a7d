"""The prompts that jobs have become on servers: which are ours, and what their servers call them."""
