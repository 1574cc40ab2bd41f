"""When keys and principals were last used."""

from collections.abc import Collection

import pytest
from doorward_credential.application import uses as module
from doorward_credential.application.uses import Uses
from doorward_eventlog.last_used import INTERVAL, LastUsed
from doorward_kernel.errors import Unavailable

from tests.unit.credential.authenticating import Recorded
from tests.unit.credential.parts import NOW
from tests.unit.runtime.passports import ALICE, SESSION


class Broken(Recorded):
    """Does not answer when it is told not to."""

    down = False

    async def record(self, uses: Collection[LastUsed]) -> None:
        if self.down:
            raise Unavailable("down")
        await super().record(uses)

    async def record_uses(self, uses: Collection[LastUsed]) -> int:
        await self.record(uses)
        return len(uses)


@pytest.fixture
def keys() -> Broken:
    return Broken()


@pytest.fixture
def principals() -> Broken:
    return Broken()


@pytest.fixture
def uses(keys: Broken, principals: Broken) -> Uses:
    return Uses(keys, principals)


def use(uses: Uses, now: int) -> None:
    """A request of alice."""
    uses.note(ALICE, ALICE.access_key_id, "iam", "us-east-1", now)


async def test_a_use_is_written_once_in_a_quarter_of_an_hour(uses: Uses, keys: Broken, principals: Broken) -> None:
    for second in (0, 1, INTERVAL // 1_000_000 - 1, INTERVAL // 1_000_000):
        use(uses, NOW + second)
        await uses.write()

    for written, id in ((keys, ALICE.access_key_id), (principals, ALICE.principal_id)):
        assert [(each.unique_id, each.used_at // 1_000_000 - NOW) for each in written.uses] == [(id, 0), (id, 900)]


@pytest.mark.parametrize(("which", "other"), [("keys", "principals"), ("principals", "keys")])
async def test_what_could_not_be_written_is_written_at_the_next_use(
    uses: Uses, keys: Broken, principals: Broken, which: str, other: str
) -> None:
    stores = {"keys": keys, "principals": principals}
    stores[which].down = True
    use(uses, NOW)
    await uses.write()
    stores[which].down = False

    await uses.write()
    assert not stores[which].uses, "what was lost is not made up for"
    use(uses, NOW + 1)
    await uses.write()

    assert [each.used_at for each in stores[which].uses] == [(NOW + 1) * 1_000_000]
    assert [each.used_at for each in stores[other].uses] == [NOW * 1_000_000]


async def test_after_a_failure_nothing_more_is_tried_and_everything_is_forgotten(
    uses: Uses, principals: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    principals.down = True
    for passport in (ALICE, SESSION):
        uses.note(passport, "", "iam", "us-east-1", NOW)
    await uses.write()
    principals.down = False

    for passport in (ALICE, SESSION):
        uses.note(passport, "", "iam", "us-east-1", NOW + 1)
    await uses.write()

    assert {each.unique_id for each in principals.uses} == {ALICE.principal_id, SESSION.principal_id}
