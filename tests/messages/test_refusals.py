"""What Discord's answers mean for a message that has to reach its reader."""

import pytest

from bot.messages.requests.refusals import Cause, cause_of, only_the_token_fails, token_is_dead


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (400, 50083, Cause.ARCHIVED),
        (400, 50035, Cause.INVALID),
        (413, 0, Cause.TOO_LARGE),
        (413, 40005, Cause.TOO_LARGE),
        (404, 10003, Cause.NO_CHANNEL),
        (404, 10008, Cause.NO_MESSAGE),
        (404, 10015, Cause.NO_MESSAGE),
        (403, 50001, Cause.NO_ACCESS),
        (403, 50013, Cause.OUT_OF_REACH),
        (403, 50007, Cause.OUT_OF_REACH),
        (401, 50027, Cause.OUT_OF_REACH),
        (401, 0, None),
        (408, 0, None),
        (429, 0, None),
        (429, 30046, None),
        (500, 0, None),
        (503, 0, None),
        (524, 0, None),
    ],
)
def test_each_answer_has_a_cause_or_may_pass(status: int, code: int, cause: Cause | None) -> None:
    assert cause_of(status, code) is cause


@pytest.mark.parametrize(
    ("status", "code", "dead", "channel_may"),
    [
        (401, 50027, True, True),
        (404, 10015, True, True),
        (403, 50001, False, True),
        (404, 0, False, True),
        (404, 10008, False, False),
        (404, 10003, False, False),
        (400, 50083, False, False),
        (413, 40005, False, False),
    ],
)
def test_a_token_that_fails_is_no_reason_to_give_the_message_up(
    status: int, code: int, dead: bool, channel_may: bool
) -> None:
    assert token_is_dead(code) is dead
    assert only_the_token_fails(status, code) is channel_may
