"""The command `/operator` and its buttons."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.operator.leaving import LEAVE_ID, STAY_ID, press_leave, press_stay
from bot.discord_ui.operator.operator_commands import operator_commands
from bot.discord_ui.operator.server_list import SERVERS_PAGE_ID, press_servers

OPERATOR: Final = Feature(
    commands=(operator_commands,),
    handlers={SERVERS_PAGE_ID: press_servers, LEAVE_ID: press_leave, STAY_ID: press_stay},
)
