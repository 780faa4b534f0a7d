"""What workers say of their servers reaches everybody, for as long as they are alive."""

from bot.ledger import KnownServer, Ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import HERE, THERE, look, pass_time

# The order of a node's inputs carries meaning.
OBJECT_INFO = b'{"KSampler": {"input": {"required": {"seed": ["INT"], "cfg": ["FLOAT"], "a": ["MODEL"]}}}}'


async def fingerprint(ledger: Ledger, url: str) -> str | None:
    (known,) = (server for server in await ledger.servers.known() if server.url == url)
    return known.fingerprint


async def test_what_one_says_the_others_know(opening: Opening) -> None:
    worker, gateway = await opening(), await opening()
    await worker.servers.say(HERE, answering=True, object_info=OBJECT_INFO)
    await worker.servers.say(THERE, answering=False)
    here, there = await gateway.servers.known()
    assert (here.url, here.answering, there) == (HERE, True, KnownServer(THERE, answering=False, fingerprint=None))
    assert here.fingerprint is not None
    assert await gateway.servers.object_info(here.fingerprint) == OBJECT_INFO


async def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert await ledger.servers.known() == ()
    assert await ledger.servers.object_info("missing") is None


async def test_a_fingerprint_changes_with_what_the_server_has(ledger: Ledger) -> None:
    await ledger.servers.say(HERE, answering=True, object_info=OBJECT_INFO)
    before = await fingerprint(ledger, HERE)
    await ledger.servers.say(HERE, answering=False)
    assert await fingerprint(ledger, HERE) == before
    await ledger.servers.say(HERE, answering=True, object_info=b'{"VAEDecode": {}}')
    assert await fingerprint(ledger, HERE) not in {None, before}


async def test_servers_that_have_the_same_have_one_fingerprint(opening: Opening) -> None:
    near, far = await opening(), await opening()
    for worker, url in ((near, HERE), (far, THERE)):
        await worker.servers.say(url, answering=True, object_info=OBJECT_INFO)
    assert await fingerprint(near, HERE) == await fingerprint(near, THERE)


async def test_a_server_answers_if_it_answers_any_worker(opening: Opening) -> None:
    near, far = await opening(), await opening()
    for worker, answering in ((near, True), (far, False)):
        await worker.servers.say(HERE, answering=answering)
    assert [(server.url, server.answering) for server in await near.servers.known()] == [(HERE, True)]


async def test_servers_of_a_worker_that_fell_silent_are_unknown(opening: Opening, ledger_url: str) -> None:
    dead, alive = await opening(15), await opening(15)
    await dead.servers.say(HERE, answering=True)
    await alive.servers.say(THERE, answering=True)
    await pass_time(ledger_url, 10)
    await alive.renew()
    await pass_time(ledger_url, 10)
    assert [server.url for server in await alive.servers.known()] == [THERE]
    await dead.renew()
    assert [server.url for server in await alive.servers.known()] == [HERE, THERE]


async def test_whoever_ends_takes_his_servers_along(opening: Opening, ledger_url: str) -> None:
    leaving, staying = await opening(), await opening()
    await leaving.servers.say(HERE, answering=True)
    await staying.servers.say(THERE, answering=True)
    await leaving.hand_over()
    assert [server.url for server in await staying.servers.known()] == [THERE]
    await staying.recover([])
    assert await look(ledger_url, "SELECT * FROM servers") == []
