"""Whether a call may be served: who makes it, on which account, and with whose permission."""

from collections.abc import Sequence

from doorward_kernel.errors import AccessDenied, InvalidInput, Unavailable
from doorward_keyring.api_limits import api_refusal
from google.protobuf.message import Message

from doorward_runtime.rpc import metadata
from doorward_runtime.rpc.authorizer import Authorizer
from doorward_runtime.rpc.call import Call, call_from
from doorward_runtime.rpc.guard import Guard
from doorward_runtime.rpc.methods import Audience, Method
from doorward_runtime.rpc.request_context import context_of
from doorward_runtime.rpc.resources import Resources, resources_of


class Admission:
    """Lets calls in. Without `authorizer` and `resources` nobody has permission, and only the service key may call."""

    def __init__(self, guard: Guard, authorizer: Authorizer | None = None, resources: Resources | None = None) -> None:
        self._guard = guard
        self._authorizer = authorizer
        self._resources = resources

    async def call(self, method: Method, pairs: Sequence[tuple[str, str]], peer: str) -> Call:
        """The call, once it is known who makes it.

        Raises Unauthenticated, AccessDenied when the method is not for the caller or the account is another one than
        the passport's, InvalidInput for metadata out of bounds, and Unavailable.
        """
        caller = await self._guard.caller(method, pairs)
        if sum(key == metadata.ACCOUNT for key, _ in pairs) > 1:
            raise InvalidInput(f"`{metadata.ACCOUNT}` is there more than once")
        call = call_from(
            dict(pairs), actor=caller.actor, peer=peer, passport=caller.passport, passport_token=caller.token
        )
        if caller.passport is not None and call.named_account != caller.passport.account:
            raise AccessDenied(f"a passport is good for its own account alone, which is `{caller.passport.account}`")
        refused = None if caller.passport is None else api_refusal(caller.passport, method.action)
        if refused is not None:
            raise AccessDenied(refused)
        return call

    async def permit(self, method: Method, call: Call, request: Message) -> None:
        """Raises AccessDenied unless the caller may do what it asks for, and the other errors of `Authorizer`.

        A method for bearers asks itself; the service key may do everything.
        """
        if call.passport is None or method.audience is not Audience.PRINCIPAL:
            return
        if self._authorizer is None or self._resources is None:
            raise Unavailable("this server cannot ask whether the bearer of a passport may do that")
        context = context_of(method, call, request)
        for resource in await resources_of(method, request, call.passport, self._resources):
            await self._authorizer.authorize(call.passport_token, call.passport, method.action, resource, context)
