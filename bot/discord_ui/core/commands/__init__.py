"""The slash commands of workflows, their registration with Discord, and who may use commands."""
