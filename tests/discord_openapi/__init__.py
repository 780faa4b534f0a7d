"""Says what is wrong with a request to Discord: Discord's OpenAPI document, and the rules it leaves out."""

from tests.discord_openapi.checker import Verdict, check, problems
from tests.discord_openapi.operations import Operation, operation, response_problems

__all__ = ["Operation", "Verdict", "check", "operation", "problems", "response_problems"]
