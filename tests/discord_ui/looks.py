"""The states of a job's message, told apart the way members tell them apart."""

from tests.simcord_world import Look


def is_queued(look: Look) -> bool:
    return "🕓" in look.content


def is_running(look: Look) -> bool:
    return "🎨" in look.content


def is_done(look: Look) -> bool:
    return "✅" in look.content


def is_failed(look: Look) -> bool:
    return "⚠️" in look.content


def is_cancelled(look: Look) -> bool:
    return "🛑 Cancelled" in look.content


def is_over(look: Look) -> bool:
    return is_done(look) or is_failed(look) or is_cancelled(look)
