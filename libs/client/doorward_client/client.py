"""The synchronous client."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import grpc
from doorward.credential.v1.authentication_pb2 import SignedIn
from doorward.identity.v1.history_pb2 import GetAccountAtResponse
from doorward.identity.v1.log_service_pb2 import Event, ReadEventsRequest, ReadEventsResponse

from doorward_client.batches import AskedInBatch, BatchResult, batch_fields, batch_result
from doorward_client.checks import CheckResult, ContextValue, check_fields, check_result
from doorward_client.connection import CHANNEL_OPTIONS, Connection, Page, next_page
from doorward_client.credential_services import Authentication, CredentialLog, Credentials, Tokens
from doorward_client.history import MOST_ITEMS, WholeAccount, moment_of
from doorward_client.methods import answered
from doorward_client.records import READ_EVENTS, LogName, read_events_request
from doorward_client.services import Decisions, Identity, Log, Organization, Replica
from doorward_client.sessions import SyncSession, factor_fields, signed_in

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
    def credentials(self) -> Credentials:
        """What proves who one is: one method for each RPC of CredentialService."""
        return self._service(Credentials, "credential")

    @property
    def tokens(self) -> Tokens:
        """Temporary credentials: the actions of AWS STS; the caller is whoever the option `passport` speaks of."""
        return self._service(Tokens, "credential")

    @property
    def authentication(self) -> Authentication:
        """Signatures and sign-ins, which become passports; `sign_in` of the client is more convenient."""
        return self._service(Authentication, "credential")

    @property
    def credential_log(self) -> CredentialLog:
        """The end of the credential log."""
        return self._service(CredentialLog, "credential")

    @property
    def decisions(self) -> Decisions:
        """Decisions as messages."""
        return self._service(Decisions, "decision")

    @property
    def replica(self) -> Replica:
        """What the replica of the decision service says of itself."""
        return self._service(Replica, "decision_admin")

    def sign_in(self, *, account: str, user_name: str, password: str, mfa_code: str = "") -> Self:
        """The client of a user who signs in to an account, named by its id or alias.

        Its calls carry a passport that is renewed by itself while the session lasts. Raises SecondFactorNeeded unless
        there is no second factor or `mfa_code` shows it, NewPasswordNeeded, AuthenticationFailed, Throttling.
        """
        ask = self._of_nobody().authentication.sign_in
        answer = ask(account=account, user_name=user_name, password=password, mfa_code=mfa_code)
        return self._signed_in(signed_in(answer))

    def sign_in_root(self, *, email: str, password: str, mfa_code: str = "") -> Self:
        """The client of a root user who signs in; see `sign_in`."""
        answer = self._of_nobody().authentication.sign_in(email=email, password=password, mfa_code=mfa_code)
        return self._signed_in(signed_in(answer))

    def complete_sign_in(
        self,
        challenge: str,
        *,
        code: str | None = None,
        recovery_code: str | None = None,
        passkey_assertion: str | None = None,
    ) -> Self:
        """Go on after SecondFactorNeeded with one factor: a code that a device shows or that was sent, a recovery code,
        or a passkey's answer as JSON (AuthenticationResponseJSON). Raises NewPasswordNeeded, AuthenticationFailed."""
        fields = factor_fields(challenge, code, recovery_code, passkey_assertion)
        answer = self._of_nobody().authentication.complete_sign_in(**fields)
        return self._signed_in(signed_in(answer))

    def change_expired_password(self, challenge: str, new_password: str) -> Self:
        """Go on after NewPasswordNeeded. Raises PasswordPolicyViolation, after which the challenge is still good."""
        ask = self._of_nobody().authentication.change_expired_password
        answer = ask(challenge=challenge, new_password=new_password)
        return self._signed_in(answer.signed_in)

    def resumed(self, session_token: str) -> Self:
        """The client of a sign-in whose `session.token` was kept.

        Raises Unauthenticated when it was revoked, ExpiredToken when it is over.
        """
        answer = self._of_nobody().authentication.renew_passport(session=session_token)
        return self._signed_in(answer.signed_in)

    def check(
        self,
        principal: str,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
        passport: str | None = None,
    ) -> CheckResult:
        """May `principal` (an ARN) do `action` on `resource` (an ARN or `*`)?

        In place of a principal (then empty) its `passport` may be brought. `at_least` names revisions that writes
        returned, at most one of each log; `latest` asks for an answer as fresh as the logs are now. The answer is that
        fresh, or RevisionNotReached or Unavailable is raised.
        """
        fields = check_fields(principal, action, resource, context, at_least, latest, passport)
        return check_result(self.decisions.check(**fields))

    def check_all(
        self,
        checks: Sequence[AskedInBatch],
        principal: str = "",
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
        passport: str | None = None,
    ) -> BatchResult:
        """May this be done? Up to 1,000 checks, all decided at one state; each is a BatchedCheck, or an action and a
        resource for the batch's own `principal` or `passport` with its `context`. Freshness as in `check`, for all.

        A result is true when it allows, and the whole when all do; what cannot be answered alone holds its error.
        """
        fields = batch_fields(checks, principal, context, at_least, latest, passport)
        return batch_result(self.decisions.batch_check(**fields), len(checks))

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
        self,
        after_position: int = 0,
        account: str | None = None,
        follow: bool = False,
        limit: int | None = None,
        log: LogName = "identity",
    ) -> Generator[Event, None, None]:
        """The events of a log whose position is greater, of one account or all, in order.

        With `follow` the iterator stays at the end and yields events as they are committed; close it, or leave its
        loop, to end the call.
        """
        request = read_events_request(after_position, account, follow, limit)
        owner = self.log if log == "identity" else self.credential_log
        accompanying = owner.metadata()
        read = owner.channel.unary_stream(
            READ_EVENTS[log], ReadEventsRequest.SerializeToString, ReadEventsResponse.FromString
        )
        with answered():
            stream = read(request, metadata=accompanying, wait_for_ready=self._options.wait_for_ready)
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

    def _signed_in(self, made: SignedIn) -> Self:
        renewals = self._of_nobody().with_options(client_token="", reason="", request_id="").authentication
        return self._of(SyncSession(made, renewals.renew_passport))
