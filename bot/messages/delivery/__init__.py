"""Deliver a message: edit it, send it elsewhere, or keep its files for later."""
