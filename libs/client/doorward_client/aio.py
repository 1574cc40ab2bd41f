"""The asynchronous client: the surface of the synchronous one, awaited."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from doorward_client.credential_services import AsyncAuthentication, AsyncCredentialLog, AsyncCredentials, AsyncTokens
from doorward_client.history import MOST_ITEMS, WholeAccount, moment_of
from doorward_client.methods import answered
from doorward_client.records import READ_EVENTS, LogName, read_events_request
from doorward_client.services import AsyncDecisions, AsyncIdentity, AsyncLog, AsyncOrganization, AsyncReplica
from doorward_client.sessions import AsyncSession, factor_fields, signed_in

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
    def credentials(self) -> AsyncCredentials:
        """What proves who one is: one method for each RPC of CredentialService."""
        return self._service(AsyncCredentials, "credential")

    @property
    def tokens(self) -> AsyncTokens:
        """Temporary credentials: the actions of AWS STS; the caller is whoever the option `passport` speaks of."""
        return self._service(AsyncTokens, "credential")

    @property
    def authentication(self) -> AsyncAuthentication:
        """Signatures and sign-ins, which become passports; `sign_in` of the client is more convenient."""
        return self._service(AsyncAuthentication, "credential")

    @property
    def credential_log(self) -> AsyncCredentialLog:
        """The end of the credential log."""
        return self._service(AsyncCredentialLog, "credential")

    @property
    def decisions(self) -> AsyncDecisions:
        """See `Client.decisions`."""
        return self._service(AsyncDecisions, "decision")

    @property
    def replica(self) -> AsyncReplica:
        """See `Client.replica`."""
        return self._service(AsyncReplica, "decision_admin")

    async def sign_in(self, *, account: str, user_name: str, password: str, mfa_code: str = "") -> Self:
        """See `Client.sign_in`."""
        ask = self._of_nobody().authentication.sign_in
        answer = await ask(account=account, user_name=user_name, password=password, mfa_code=mfa_code)
        return self._signed_in(signed_in(answer))

    async def sign_in_root(self, *, email: str, password: str, mfa_code: str = "") -> Self:
        """See `Client.sign_in_root`."""
        answer = await self._of_nobody().authentication.sign_in(email=email, password=password, mfa_code=mfa_code)
        return self._signed_in(signed_in(answer))

    async def complete_sign_in(
        self,
        challenge: str,
        *,
        code: str | None = None,
        recovery_code: str | None = None,
        passkey_assertion: str | None = None,
    ) -> Self:
        """See `Client.complete_sign_in`."""
        fields = factor_fields(challenge, code, recovery_code, passkey_assertion)
        answer = await self._of_nobody().authentication.complete_sign_in(**fields)
        return self._signed_in(signed_in(answer))

    async def change_expired_password(self, challenge: str, new_password: str) -> Self:
        """See `Client.change_expired_password`."""
        ask = self._of_nobody().authentication.change_expired_password
        answer = await ask(challenge=challenge, new_password=new_password)
        return self._signed_in(answer.signed_in)

    async def resumed(self, session_token: str) -> Self:
        """See `Client.resumed`."""
        answer = await self._of_nobody().authentication.renew_passport(session=session_token)
        return self._signed_in(answer.signed_in)

    async def check(
        self,
        principal: str,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
        passport: str | None = None,
    ) -> CheckResult:
        """See `Client.check`."""
        fields = check_fields(principal, action, resource, context, at_least, latest, passport)
        return check_result(await self.decisions.check(**fields))

    async def check_all(
        self,
        checks: Sequence[AskedInBatch],
        principal: str = "",
        context: Mapping[str, ContextValue] | None = None,
        at_least: str | Sequence[str] | None = None,
        latest: bool = False,
        passport: str | None = None,
    ) -> BatchResult:
        """See `Client.check_all`."""
        fields = batch_fields(checks, principal, context, at_least, latest, passport)
        return batch_result(await self.decisions.batch_check(**fields), len(checks))

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
        self,
        after_position: int = 0,
        account: str | None = None,
        follow: bool = False,
        limit: int | None = None,
        log: LogName = "identity",
    ) -> AsyncGenerator[Event, None]:
        """See `Client.events`; a loop that is left early ends the call when the generator is closed (`aclosing`)."""
        request = read_events_request(after_position, account, follow, limit)
        owner = self.log if log == "identity" else self.credential_log
        accompanying = await owner.metadata()
        read = owner.channel.unary_stream(
            READ_EVENTS[log], ReadEventsRequest.SerializeToString, ReadEventsResponse.FromString
        )
        with answered():
            stream = read(request, metadata=accompanying, wait_for_ready=self._options.wait_for_ready)
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

    def _signed_in(self, made: SignedIn) -> Self:
        renewals = self._of_nobody().with_options(client_token="", reason="", request_id="").authentication
        return self._of(AsyncSession(made, renewals.renew_passport))
