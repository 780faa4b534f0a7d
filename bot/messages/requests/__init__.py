"""Requests to Discord, at the pace that it allows, and what its refusals mean."""
