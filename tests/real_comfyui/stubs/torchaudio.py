"""Stands in for torchaudio: ComfyUI imports it at start, for audio nodes that the tests do not run."""
