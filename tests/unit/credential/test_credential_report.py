"""Credential reports that several processes make at the same time, and what is left of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from doorward_credential.application.credential_report import COLUMNS, CredentialReports
from doorward_credential.application.keyrings import open_keyrings
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_eventlog.memory import MemoryEventLog
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import OPERATOR

from tests.unit.credential.parts import ACCOUNT, Clock, ClockMint, stored_secrets
from tests.unit.credential.people import people

HOURS = 3600.0


class ReportMint(ClockMint):
    """Tells the time of the clock in every form."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)


class World:
    """What processes have in common."""

    def __init__(self, stored: StoredSecrets) -> None:
        self.stored = stored
        self.clock = Clock()
        self.log = MemoryEventLog("credential")

    async def process(self) -> CredentialReports:
        keyrings = open_keyrings(self.log, epoch=(await self.log.head()).epoch)
        return CredentialReports(
            keyrings, self.stored, people(), self.log, ReportMint(self.clock), lifetime=timedelta(hours=4)
        )

    async def names(self) -> list[str]:
        return await self.stored.names(ACCOUNT, "", 100)


@pytest.fixture
async def world() -> World:
    return World(await stored_secrets())


async def made(*processes: CredentialReports) -> None:
    """All of them, at the same time."""
    assert [await each.generate(ACCOUNT) for each in processes] == ["STARTED"] * len(processes)
    await asyncio.wait([each._making[ACCOUNT] for each in processes])


async def test_a_report_has_a_row_for_the_root_user_and_for_each_user(world: World) -> None:
    process = await world.process()
    await made(process)

    report = await process.get(ACCOUNT)

    rows = report.content.decode().splitlines()
    assert rows[0] == ",".join(COLUMNS)
    assert [row.split(",")[0] for row in rows[1:]] == ["<root_account>", "alice"]
    assert report.generated_at == datetime.fromtimestamp(world.clock.now, UTC)


@pytest.mark.parametrize("there_was_one", [False, True])
async def test_of_two_that_are_made_at_once_one_is_kept_and_both_are_told_that_it_is_complete(
    world: World, there_was_one: bool
) -> None:
    if there_was_one:
        await made(await world.process())
        world.clock.now += 5 * HOURS
    processes = [await world.process() for _ in range(3)]

    await made(*processes)

    assert [await each.generate(ACCOUNT) for each in processes] == ["COMPLETE"] * 3
    reports = [await each.get(ACCOUNT) for each in processes]
    assert reports[0] == reports[1] == reports[2]
    assert len(await world.names()) == 2, "a head and one part"


async def test_what_a_crash_left_behind_goes_after_an_hour(world: World) -> None:
    abandoned, under_way, old = (
        f"credential-report/{batch}/0000" for batch in ("1700000000-a", "9999999999-b", "ab12")
    )
    for name in (abandoned, under_way, old):
        await world.stored.put(ACCOUNT, name, "part")

    await made(await world.process())

    assert abandoned not in await world.names()
    assert old not in await world.names()
    assert under_way in await world.names()


async def test_there_is_no_report_of_the_operator_s_account(world: World) -> None:
    process = await world.process()

    with pytest.raises(InvalidInput, match="the operator's own account"):
        await process.generate(OPERATOR)
