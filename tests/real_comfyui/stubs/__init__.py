"""What ComfyUI imports from packages that it does not need here; copied into its environment."""
