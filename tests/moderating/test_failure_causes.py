"""Why a job failed: members read what to do, moderators what the server said, and the log has it under the job's id."""

from tests.comfyui_server import Failure
from tests.discord_server import Message, User, answered
from tests.looks import labels
from tests.moderating.acts import Room, shows, told
from tests.waiting import until

SAID = "Error while deserializing header: header too large\n\nFile path: /srv/models/checkpoints/other.safetensors"
DAMAGED = Failure("safetensors._safetensors_rust.SafetensorError", SAID)
HOSTILE = Failure(
    "x.\x1b[31mEvil\n12:00:00 ERROR   bot: forged by a class",
    "\x1b[2J\x1b]0;title\x07@everyone <@1> **bold** ```block``` [link](https://evil.example) bob@example.com "
    "/srv/ComfyUI/secret C:\\Users\\Bob\\x token=abc123 10.0.0.5:8188\r\n"
    "12:00:00 ERROR   bot: forged by a message\n" + "Traceback (most recent call last):\n" * 30_000,
    ("x" * 1000,) * 500,
)


async def failing(room: Room, failure: Failure, prompt: str = "a fox", **options: bool) -> Message:
    room.comfyui.faults.fail["KSampler"] = failure
    ordered = await answered(room.discord.slash("imagine", user=room.alice, options={"prompt": prompt, **options}))
    return await shows(ordered.message, "⚠️")


async def why(room: Room, message: Message, user: User) -> str:
    return await told(await room.discord.press(message, "Why?", user=user))


def job_id_of(message: Message) -> str:
    return str(message.buttons[0].custom_id).rpartition(":")[2]


async def test_a_member_reads_what_to_do_and_a_moderator_what_was_said(room: Room) -> None:
    message = await failing(room, DAMAGED)
    assert "seems to be damaged" in message.content
    assert "“KSampler”" in message.content
    assert "Try again" not in message.content
    for secret in ("safetensors", "header", "/srv", "Error"):
        assert secret not in message.content

    answer = await why(room, message, room.mia)
    assert "Error while deserializing header: header too large" in answer
    assert job_id_of(message) in answer
    for one in (room.alice, room.bob):
        assert "Only moderators" in await why(room, message, one)


async def test_the_log_has_the_cause_with_the_jobs_id(room: Room) -> None:
    message = await failing(room, DAMAGED)
    (line,) = (line for line in room.bot.log.read_text().splitlines() if "failed:" in line)
    assert job_id_of(message) in line
    assert "SafetensorError: Error while deserializing header: header too large" in line


async def test_nothing_that_an_exception_says_does_any_harm(room: Room) -> None:
    message = await failing(room, HOSTILE)
    assert message.content == (
        "> a fox\n⚠️ The workflow failed in “KSampler” on the image server. Try again, or tell a moderator."
    )
    answer = await why(room, message, room.mia)
    logged = room.bot.log.read_text()
    for text in (answer, logged):
        for secret in (
            "\x1b",
            "forged",
            "Traceback",
            "/srv/ComfyUI",
            "Bob",
            "abc123",
            "10.0.0.5",
            "bob@",
            "evil.example",
        ):
            assert secret not in text, secret
    assert len(answer) < 600
    assert "```" in answer
    assert answer.count("```") == 2
    assert not message.state.mentioned


async def test_a_failure_that_nobody_else_sees_offers_no_cause(room: Room) -> None:
    message = await failing(room, DAMAGED, private=True)
    assert "damaged" in message.content
    assert "Why?" not in labels(message)


async def test_a_fault_of_the_gpu_is_the_operators_and_stops_nobody_else(room: Room) -> None:
    said = "CUDA error: an illegal memory access was encountered"
    message = await failing(room, Failure("torch.AcceleratorError", said))
    assert "restart ComfyUI" in message.content
    room.comfyui.faults.fail.clear()
    after = await room.imagine(room.bob, "a hare")
    await shows(after.message, "✅")


TRACE = (
    '  File "/srv/ComfyUI/execution.py", line 345, in execute\n    output_data = get_output_data(obj)\n',
    '  File "/srv/jo/ComfyUI/custom_nodes/faces/swap.py", line 12, in run\n    login(token="hf_aBcDeF123456789xyz")\n',
    '  File "C:\\Users\\Jo\\venv\\site-packages\\torch\\nn.py", line 7, in call\n    raise RuntimeError(x)\n',
)
LONG = Failure(
    "torch.OutOfMemoryError", "Allocation on device\nhttp://joe:hunter22@10.0.0.5:8188/x\nTried 4 GiB", TRACE
)


async def test_moderators_get_the_whole_text_as_a_file_also_after_a_restart(room: Room) -> None:
    message = await failing(room, LONG)
    # The message says so first: the bot may die before its database does, and asks the server again.
    await room.bot.restart()

    async def known() -> bool:
        return "Why this failed" in await why(room, message, room.mia)

    await until(known)
    answer = (await answered(room.discord.press(message, "Why?", user=room.mia))).message
    assert answer.ephemeral
    for part in (
        "Node: `KSampler 3`",
        "Exception: `torch.OutOfMemoryError`",
        "Server 1",
        "requested <t:",
        "failed <t:",
    ):
        assert part in answer.content
    assert room.comfyui.url not in answer.content
    (file,) = answer.attachments
    assert file.filename.startswith("why-")
    text = file.content.decode()
    for part in ("Tried 4 GiB", 'File "execution.py", line 345', 'File "faces/swap.py", line 12', 'File "torch/nn.py"'):
        assert part in text
    for secret in ("hf_aBc", "hunter22", "10.0.0.5", "jo/", "Jo", "/srv"):
        assert secret not in text
    by_operator = await answered(room.discord.press(message, "Why?", user=room.operator))
    assert room.comfyui.url in by_operator.message.content


async def test_what_was_said_in_full_is_erased_with_its_job(room: Room) -> None:
    message = await failing(room, Failure("x.Error", "secretcanary in the first\nsecretcanary in the second", TRACE))
    assert (await answered(room.discord.press(message, "Why?", user=room.mia))).message.attachments
    asked = await answered(room.discord.slash("privacy", user=room.alice))
    erasing = await answered(room.discord.press(asked.message, "Erase", user=room.alice))
    await answered(room.discord.press(erasing.message, "Erase", user=room.alice))
    await erasing.message.until(lambda one: "Erased" in one.content)
    data = room.bot.log.parent / "data"
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"secretcanary" not in kept
    assert "no longer have that request" in await why(room, message, room.mia)
