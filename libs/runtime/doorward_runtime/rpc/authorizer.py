"""Whether a principal may do something, as the decision service says now."""

from typing import NoReturn, Protocol

from doorward.decision.v1.decision_service_pb2 import CheckRequest, ContextValues, Effect, Freshness
from doorward.decision.v1.decision_service_pb2_grpc import DecisionServiceStub
from doorward_kernel.errors import (
    AccessDenied,
    DoorwardError,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    Status,
    Unauthenticated,
    Unavailable,
)
from doorward_keyring.passport import Passport, subject
from grpc import aio

from doorward_runtime.rpc.channel import answer, service_metadata
from doorward_runtime.rpc.request_context import Context
from doorward_runtime.rpc.resources import Resources, caller_arn

CHECK_SECONDS = 2.0
"""How long a check may take, within the call's own deadline."""


class Authorizer(Protocol):
    """Decides whether the bearer of a passport may do something."""

    async def authorize(
        self, passport_token: str, passport: Passport, action: str, resource: str, context: Context
    ) -> None:
        """Raises AccessDenied with AWS's message, Unauthenticated when the passport is no longer good for anything,
        InvalidInput when the question cannot be asked, and Unavailable when there is no answer."""
        ...


class RpcAuthorizer:
    """Asks `DecisionService.Check` at the latest revision; `resources` knows what callers are called."""

    def __init__(self, channel: aio.Channel, service_key: str, resources: Resources) -> None:
        self._stub = DecisionServiceStub(channel)
        self._metadata = service_metadata(service_key)
        self._resources = resources

    async def authorize(
        self, passport_token: str, passport: Passport, action: str, resource: str, context: Context
    ) -> None:
        """See Authorizer."""
        request = CheckRequest(
            passport=passport_token,
            action=action,
            resource=resource,
            context={key: value for key, value in context.items() if isinstance(value, str)},
            multivalued_context={
                key: ContextValues(values=value) for key, value in context.items() if not isinstance(value, str)
            },
            freshness=Freshness(latest=True),
        )
        try:
            response = await answer(self._stub.Check(request, metadata=self._metadata, timeout=CHECK_SECONDS))
        except DoorwardError as error:
            _raise_as_ours(error)
        if response.effect == Effect.EFFECT_ALLOW:
            return
        caller = await caller_arn(passport, self._resources) or subject(passport)
        raise denied(caller, action, resource, explicitly=response.effect == Effect.EFFECT_EXPLICIT_DENY)


def denied(caller: str, action: str, resource: str, *, explicitly: bool) -> AccessDenied:
    """What AWS says to whom it denies something (IAM user guide, "Troubleshoot access denied error messages")."""
    because = (
        "with an explicit deny in an identity-based policy"
        if explicitly
        else f"because no identity-based policy allows the {action} action"
    )
    return AccessDenied(f"User: {caller} is not authorized to perform: {action} on resource: {resource} {because}")


def _raise_as_ours(error: DoorwardError) -> NoReturn:
    """What is wrong with the caller or its question is told on; whatever else is wrong, there is no answer."""
    if error.status is Status.UNAUTHENTICATED or isinstance(error, (InvalidInput, LimitExceeded)):
        raise error
    if isinstance(error, NoSuchEntity):
        raise Unauthenticated("the passport is not valid, or not any more") from error
    raise Unavailable("the decision service does not answer: try again") from error
