"""The queue feature: its commands, buttons and service."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.queue.cancellation import cancel_command, press_cancel
from bot.discord_ui.queue.live_queue import QUEUE_REFRESH_ID, LiveQueues, farewell, press_refresh, queue_command
from bot.messages.rendering.job_rendering import CANCEL_ID

QUEUE: Final = Feature(
    commands=(cancel_command, queue_command),
    handlers={CANCEL_ID: press_cancel, QUEUE_REFRESH_ID: press_refresh},
    services=(LiveQueues,),
    anywhere=frozenset({"cancel", CANCEL_ID}),
    farewells=(farewell,),
)
