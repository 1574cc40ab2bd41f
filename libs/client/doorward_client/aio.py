"""The asynchronous client: the surface of the synchronous one, awaited."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import grpc
from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from doorward.identity.v1.log_service_pb2 import Event
from doorward.identity.v1.log_service_pb2_grpc import LogServiceStub

from doorward_client.checks import CheckResult, ContextValue, check_fields, check_result
from doorward_client.connection import CHANNEL_OPTIONS, Connection, Page, next_page
from doorward_client.history import MOST_ITEMS, WholeAccount, moment_of
from doorward_client.methods import answered
from doorward_client.records import read_events_request
from doorward_client.services import AsyncDecisions, AsyncIdentity, AsyncLog, AsyncOrganization, AsyncReplica

_Fields = ParamSpec("_Fields")
_Page = TypeVar("_Page", bound=Page)


class AsyncClient(Connection[grpc.aio.Channel]):
    """Like `Client`, for asyncio; belongs to the event loop in which it is first used."""

    @property
    def identity(self) -> AsyncIdentity:
        """See `Client.identity`."""
        return self._service(AsyncIdentity, "identity")

    @property
    def organization(self) -> AsyncOrganization:
        """All accounts as one tree, and the guardrails on it."""
        return self._service(AsyncOrganization, "identity")

    @property
    def log(self) -> AsyncLog:
        """See `Client.log`."""
        return self._service(AsyncLog, "identity")

    @property
    def decisions(self) -> AsyncDecisions:
        """See `Client.decisions`."""
        return self._service(AsyncDecisions, "decision")

    @property
    def replica(self) -> AsyncReplica:
        """See `Client.replica`."""
        return self._service(AsyncReplica, "decision_admin")

    async def check(
        self,
        principal: str,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
    ) -> CheckResult:
        """See `Client.check`."""
        fields = check_fields(principal, action, resource, context, at_least, latest)
        return check_result(await self.decisions.check(**fields))

    async def pages(
        self, method: Callable[_Fields, Awaitable[_Page]], *args: _Fields.args, **request: _Fields.kwargs
    ) -> AsyncIterator[_Page]:
        """See `Client.pages`."""
        ask: Callable[..., Awaitable[_Page]] = method
        fields: dict[str, Any] | None = dict(request)
        while fields is not None:
            page = await ask(*args, **fields)
            yield page
            fields = next_page(page, fields)

    async def account_at(self, moment: str | datetime) -> GetAccountAtResponse:
        """See `Client.account_at`."""
        whole = WholeAccount()
        async for page in self.pages(self.identity.get_account_at, **moment_of(moment), max_items=MOST_ITEMS):
            whole.add(page)
        return whole.account

    async def events(
        self, after_position: int = 0, account: str | None = None, follow: bool = False, limit: int | None = None
    ) -> AsyncGenerator[Event, None]:
        """See `Client.events`; a loop that is left early ends the call when the generator is closed (`aclosing`)."""
        request = read_events_request(after_position, account, follow, limit)
        with answered():
            stream = LogServiceStub(self.log.channel).ReadEvents(
                request, metadata=self._options.metadata(), wait_for_ready=self._options.wait_for_ready
            )
            try:
                async for part in stream:
                    for event in part.events:
                        yield event
            finally:
                stream.cancel()

    async def close(self) -> None:
        """See `Client.close`."""
        for channel in self._channels.close():
            await channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @staticmethod
    def _open(target: str) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
