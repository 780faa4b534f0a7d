"""What workers say about their ComfyUI servers, and what operators say: which are paused."""
