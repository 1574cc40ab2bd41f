"""An event log itself, for its followers: where it ends, its events, whole accounts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any, Generic

from doorward_eventlog.accounts import Accounts
from doorward_eventlog.held import State
from doorward_eventlog.log import MOST_POSITION, EventLog
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId, account_id
from doorward_kernel.record import Record
from google.protobuf.timestamp_pb2 import Timestamp

PAGE = 200
"""Events read at once."""

MESSAGE_BYTES = 1024 * 1024
"""A response is ended when it is about this large."""

ACCOUNTS_AT_ONCE = 2
"""Whole accounts that are written out at the same time."""

LOOK_SECONDS = 1.0
"""How often a reader that stays looks for events that another process committed."""


class LogServicer(Generic[State]):
    """Serves the `LogService` of a log: `doorward.identity.v1` or `doorward.credential.v1`, which are alike.

    `messages` is the generated module that declares it (`log_service_pb2`); `dump` writes an account in `format`.
    Readers that stay are sent away once `stopping` says so.
    """

    def __init__(
        self,
        messages: ModuleType,
        log: EventLog,
        accounts: Accounts[State, Any, Any],
        *,
        format: int,
        dump: Callable[[State], bytes],
        stopping: Callable[[], bool],
    ) -> None:
        self._pb: Any = messages
        self._log = log
        self._accounts = accounts
        self._format = format
        self._dump = dump
        self._stopping = stopping
        self._writing_out = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def GetHead(self, _request: Any, _context: object) -> Any:  # noqa: N802 - the contract's name
        head = await self._accounts.head()
        return self._pb.GetHeadResponse(revision=str(self._accounts.revision(head.position)), digest=head.digest)

    async def ReadEvents(self, request: Any, _context: object) -> AsyncIterator[Any]:  # noqa: N802 - as above
        if request.after_version and not request.account:
            raise InvalidInput("`after_version` needs `account`")
        for field in ("after_position", "after_version"):
            if getattr(request, field) > MOST_POSITION:
                raise InvalidInput(f"`{field}` is at most {MOST_POSITION}")
        account = account_id(request.account) if request.account else None
        after = request.after_version if account else request.after_position
        remaining = request.limit or 2**63
        while remaining:
            records = await self._page(account, after, min(PAGE, remaining))
            for response in self._responses(records):
                yield response
            if records:
                after = records[-1].version if account else records[-1].position
                remaining -= len(records)
            elif not request.follow or self._stopping():
                return
            else:
                head = await self._log.head()
                await self._log.committed(head.position if account else after, LOOK_SECONDS)

    async def ReadAccount(self, request: Any, _context: object) -> AsyncIterator[Any]:  # noqa: N802 - as above
        async with self._writing_out:
            held = await self._accounts.held(account_id(request.account))
            state = await asyncio.to_thread(self._dump, held.account)
        yield self._pb.ReadAccountResponse(
            revision=str(self._accounts.revision(held.account.position)),
            version=held.account.version,
            format=self._format,
            digest=held.digest,
            part=state[:MESSAGE_BYTES],
        )
        for start in range(MESSAGE_BYTES, len(state), MESSAGE_BYTES):
            yield self._pb.ReadAccountResponse(part=state[start : start + MESSAGE_BYTES])

    async def _page(self, account: AccountId | None, after: int, limit: int) -> list[Record]:
        if account is None:
            return await self._log.read(after, limit)
        return await self._log.read_account(account, after, limit)

    def _responses(self, records: list[Record]) -> list[Any]:
        responses: list[Any] = []
        size = MESSAGE_BYTES
        for record in records:
            if size >= MESSAGE_BYTES:
                responses.append(self._pb.ReadEventsResponse())
                size = 0
            responses[-1].events.append(self._message(record))
            size += len(record.payload) + len(record.metadata) + 200
        return responses

    def _message(self, record: Record) -> Any:
        seconds, microseconds = divmod(record.recorded_at, 1_000_000)
        return self._pb.Event(
            position=record.position,
            account=record.account,
            version=record.version,
            type=record.type,
            schema_version=record.schema_version,
            payload=record.payload,
            metadata=record.metadata,
            recorded_at=Timestamp(seconds=seconds, nanos=microseconds * 1000),
            commit_last=record.commit_last,
            digest=record.digest,
            revision=str(self._accounts.revision(record.position)),
        )
