"""Health for supervisors, and metrics for Prometheus."""

from bot.monitoring.health import Health
from bot.monitoring.metrics import Metrics
from bot.monitoring.pages import serve_pages

__all__ = ["Health", "Metrics", "serve_pages"]
