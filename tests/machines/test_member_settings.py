"""What a member sets through one gateway is used by every other one, and the notice of a job comes once."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild, Interaction, answered
from tests.looks import is_done
from tests.machines.cluster import EVEN, ODD, Cluster, at_work
from tests.member_settings.test_told import notices
from tests.people import ALICE

FIRST, SECOND = "a.safetensors", "b.safetensors"


async def imagine(discord: DiscordStandIn, guild: Guild) -> Interaction:
    interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox", channel=guild.channels[0]))
    await interaction.message.until(is_done)
    return interaction


def model_of(comfyui: ComfyUIStandIn) -> object:
    return comfyui.submitted[-1]["prompt"]["4"]["inputs"]["ckpt_name"]


async def test_they_hold_at_every_gateway_and_for_the_workers(machines: Cluster) -> None:
    discord = machines.discord
    async with (
        ComfyUIStandIn(checkpoints=(FIRST, SECOND)) as comfyui,
        machines.worker("worker", comfyui) as worker,
    ):
        await at_work(worker)
        async with machines.gateway(0).ready() as even, machines.gateway(1).ready() as odd:
            for gateway in (even, odd):
                await gateway.says("another process runs jobs on")
            for guild, settings in ((EVEN, {"model": SECOND, "told": "always"}), (ODD, {"told": "never"})):
                place = guild.channels[0]
                await answered(discord.slash("settings", user=ALICE, channel=place, options=settings))
            await imagine(discord, EVEN)
            assert model_of(comfyui) == SECOND
            await imagine(discord, ODD)
            assert model_of(comfyui) == FIRST
        # Another process serves both guilds now.
        async with machines.gateway(0, shards=1).ready() as gateway:
            await gateway.says("another process runs jobs on")
            for guild, model in ((ODD, FIRST), (EVEN, SECOND)):
                await imagine(discord, guild)
                assert model_of(comfyui) == model
            place = EVEN.channels[0]
            await discord.until(lambda: sum(one.content.count("/channels/") for one in notices(discord, place)) == 2)
            assert notices(discord, ODD.channels[0]) == []
            assert {who for one in notices(discord, place) for who in one.state.mentioned} == {str(ALICE.id)}
