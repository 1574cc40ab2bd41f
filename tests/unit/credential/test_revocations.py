"""The erasure of an account's secrets is finished whatever interrupts it, and never touches the service's own."""

import pytest
from doorward_credential.application.keyrings import Keyrings, open_keyrings
from doorward_credential.application.revocations import Revocations
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import AccountIsClosed, InvalidInput, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_keyring.keyring import Keyring
from doorward_keyring.stream import BrokenStream

from tests.unit.credential.parts import ACCOUNT, Clock, ClockMint, service_keys, stored_secrets


class Parts:
    """What outlives a process, and processes on it."""

    def __init__(self, keyrings: Keyrings, stored: StoredSecrets) -> None:
        self.keyrings = keyrings
        self.stored = stored

    def started(self) -> Revocations:
        return Revocations(self.keyrings, self.stored, ClockMint(Clock()))


@pytest.fixture
async def parts() -> Parts:
    log = MemoryEventLog("credential")
    made = Parts(open_keyrings(log, epoch=(await log.head()).epoch), await stored_secrets())
    await made.stored.put(ACCOUNT, "password/p1", "hash")
    return made


async def test_an_erasure_leaves_nothing_not_even_its_mark(parts: Parts) -> None:
    await parts.started().erase(ACCOUNT, b"{}")

    assert await parts.stored.names(ACCOUNT, "", 10) == await parts.stored.names(OPERATOR, "", 10) == []
    with pytest.raises(AccountIsClosed):
        await parts.stored.put(ACCOUNT, "password/p2", "hash")


async def test_an_erasure_that_was_interrupted_after_its_event_is_finished(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(parts.stored, "erase", _unavailable)
        with pytest.raises(Unavailable):
            await parts.started().erase(ACCOUNT, b"{}")
    assert await parts.stored.find(ACCOUNT, "password/p1") == "hash"

    await parts.started().finish_erasures()

    assert await parts.stored.names(ACCOUNT, "", 10) == await parts.stored.names(OPERATOR, "", 10) == []
    with pytest.raises(AccountIsClosed):
        await parts.stored.put(ACCOUNT, "password/p2", "hash")


async def test_an_erasure_that_never_became_an_event_erases_nothing_until_it_is_asked_for_again(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(parts.keyrings, "execute", _unavailable)
        with pytest.raises(Unavailable):
            await parts.started().erase(ACCOUNT, b"{}")

    await parts.started().finish_erasures()
    assert await parts.stored.find(ACCOUNT, "password/p1") == "hash"

    await parts.started().erase(ACCOUNT, b"{}")
    assert await parts.stored.names(ACCOUNT, "", 10) == await parts.stored.names(OPERATOR, "", 10) == []


async def test_an_account_that_cannot_be_read_does_not_keep_back_another(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, get = AccountId("000000000001"), parts.keyrings.get
    with monkeypatch.context() as broken:
        broken.setattr(parts.stored, "erase", _unavailable)
        for account in (other, ACCOUNT):
            with pytest.raises(Unavailable):
                await parts.started().erase(account, b"{}")

    async def get_one(account: AccountId) -> Keyring:
        if account == other:
            raise BrokenStream("position 7")
        return await get(account)

    monkeypatch.setattr(parts.keyrings, "get", get_one)
    await parts.started().finish_erasures()

    assert await parts.stored.names(OPERATOR, "", 10) == [f"erasure/{other}"]


async def test_the_keys_of_the_service_are_never_erased(parts: Parts) -> None:
    keys = await service_keys(parts.stored, Clock())

    with pytest.raises(InvalidInput, match="the operator's own account"):
        await parts.started().erase(OPERATOR, b"{}")
    with pytest.raises(ValueError, match="the services need to start"):
        await parts.stored.erase(OPERATOR)

    anew = ServiceKeys("token-key", parts.stored, Clock(), overlap=1000)
    await anew.open()
    assert anew.in_use == keys.in_use


async def _unavailable(*_arguments: object) -> None:
    raise Unavailable("the database does not answer")
