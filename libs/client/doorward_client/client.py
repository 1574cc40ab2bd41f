"""The synchronous client."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
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
from doorward_client.services import Decisions, Identity, Log, Organization, Replica

_Fields = ParamSpec("_Fields")
_Page = TypeVar("_Page", bound=Page)


class Client(Connection[grpc.Channel]):
    """Calls Doorward's services and blocks until they answer; safe for use by many threads.

    Every method raises a `doorward_kernel.errors.DoorwardError` when there is no answer: Unavailable when nobody
    listens, DeadlineExceeded after `deadline` seconds (10 unless said otherwise), otherwise what the service says.
    """

    @property
    def identity(self) -> Identity:
        """Principals and policies: one method for each RPC of IdentityService, its request's fields as keywords."""
        return self._service(Identity, "identity")

    @property
    def organization(self) -> Organization:
        """All accounts as one tree, and the guardrails on it: one method for each RPC of OrganizationService."""
        return self._service(Organization, "identity")

    @property
    def log(self) -> Log:
        """The end of the identity log."""
        return self._service(Log, "identity")

    @property
    def decisions(self) -> Decisions:
        """Decisions as messages."""
        return self._service(Decisions, "decision")

    @property
    def replica(self) -> Replica:
        """What the replica of the decision service says of itself."""
        return self._service(Replica, "decision_admin")

    def check(
        self,
        principal: str,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
    ) -> CheckResult:
        """May `principal` (an ARN) do `action` on `resource` (an ARN or `*`)?

        `at_least` names revisions that writes returned, at most one of each log; `latest` asks for an answer as fresh
        as the log is now. The answer is that fresh, or RevisionNotReached or Unavailable is raised.
        """
        fields = check_fields(principal, action, resource, context, at_least, latest)
        return check_result(self.decisions.check(**fields))

    def pages(
        self, method: Callable[_Fields, _Page], *args: _Fields.args, **request: _Fields.kwargs
    ) -> Iterator[_Page]:
        """Every page of a list: `for page in client.pages(client.identity.list_users, path_prefix="/staff/")`."""
        ask: Callable[..., _Page] = method
        fields: dict[str, Any] | None = dict(request)
        while fields is not None:
            page = ask(*args, **fields)
            yield page
            fields = next_page(page, fields)

    def account_at(self, moment: str | datetime) -> GetAccountAtResponse:
        """The whole account as it was at a revision, or at a time that has a zone: all pages, put together.

        `identity.get_account_at` answers with one page.
        """
        whole = WholeAccount()
        for page in self.pages(self.identity.get_account_at, **moment_of(moment), max_items=MOST_ITEMS):
            whole.add(page)
        return whole.account

    def events(
        self, after_position: int = 0, account: str | None = None, follow: bool = False, limit: int | None = None
    ) -> Generator[Event, None, None]:
        """The events of the log whose position is greater, of one account or all, in order.

        With `follow` the iterator stays at the end and yields events as they are committed; close it, or leave its
        loop, to end the call.
        """
        request = read_events_request(after_position, account, follow, limit)
        with answered():
            stream = LogServiceStub(self.log.channel).ReadEvents(
                request, metadata=self._options.metadata(), wait_for_ready=self._options.wait_for_ready
            )
            try:
                for part in stream:
                    yield from part.events
            finally:
                stream.cancel()

    def close(self) -> None:
        """Close the connections; calls under way are cancelled."""
        for channel in self._channels.close():
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _open(target: str) -> grpc.Channel:
        return grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
