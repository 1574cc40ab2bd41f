"""A tiny gRPC server in this process, which remembers what it was asked and answers as a test says."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from doorward.decision.v1 import decision_service_pb2 as decision
from doorward.identity.v1 import history_pb2 as history
from doorward.identity.v1 import log_service_pb2 as log
from doorward.identity.v1 import users_pb2 as users
from doorward_kernel.errors import DoorwardError
from doorward_kernel.record import GENESIS, chain_digest
from doorward_runtime.rpc.status import DETAILS, GRPC_CODES, details_of
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tests.unit.client.tiny_credentials import TinyCredentials

KEY = "key-of-the-tests-0123456789-0123456789"
ACCOUNT = "123456789012"
EPOCH = "0a1b2c3d"


@dataclass
class Tiny:
    """`raises` ends every call; `pause` (seconds) delays it; `seen` holds each call's method, request, metadata;
    `ended` the streams that are over."""

    address: str = ""
    raises: DoorwardError | None = None
    pause: float = 0.0
    effect: Any = decision.EFFECT_ALLOW
    page_size: int = 2
    endless: bool = False
    events: list[log.Event] = field(default_factory=list)
    head: log.GetHeadResponse | None = None
    past: list[history.GetAccountAtResponse] = field(default_factory=list)
    credential: TinyCredentials = field(default_factory=TinyCredentials)
    seen: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def create_user(self, request: users.CreateUserRequest) -> users.CreateUserResponse:
        user = users.User(user_name=request.user_name, path=request.path or "/")
        return users.CreateUserResponse(user=user, revision=f"identity.{EPOCH}.1")

    def list_users(self, request: users.ListUsersRequest) -> users.ListUsersResponse:
        names = ["ann", "bob", "cleo", "dan", "eve"]
        start = int(request.marker or "0")
        end = start + self.page_size
        return users.ListUsersResponse(
            users=[users.User(user_name=name) for name in names[start:end]],
            is_truncated=self.endless or end < len(names),
            marker="2" if self.endless else str(end) if end < len(names) else "",
        )

    def list_account_events(self, request: history.ListAccountEventsRequest) -> history.ListAccountEventsResponse:
        """The events of ACCOUNT in pages of `page_size`, the first of which is empty."""
        mine = [event for event in self.events if event.account == ACCOUNT]
        chosen = mine if request.order == history.EVENT_ORDER_OLDEST_FIRST else mine[::-1]
        if not request.marker:
            return history.ListAccountEventsResponse(is_truncated=True, marker="0")
        start = int(request.marker)
        end = start + min(self.page_size, request.max_items or 100)
        return history.ListAccountEventsResponse(
            events=[account_event(event) for event in chosen[start:end]],
            is_truncated=end < len(chosen),
            marker=str(end) if end < len(chosen) else "",
        )

    def get_account_at(self, request: history.GetAccountAtRequest) -> history.GetAccountAtResponse:
        return self.past[int(request.marker or "0")]

    def check(self, request: decision.CheckRequest) -> decision.CheckResponse:
        return decision.CheckResponse(
            effect=self.effect, revisions=[*request.freshness.at_least, f"identity.{EPOCH}.7"], staleness_ms=1500
        )

    def batch_check(self, request: decision.BatchCheckRequest) -> decision.BatchCheckResponse:
        """One outcome fewer for those of `nobody`, an error for the action `Broken`."""
        outcomes = [
            decision.CheckOutcome(error=decision.CheckError(code=5, reason="NoSuchEntity", message="there is none"))
            if check.action == "documents:Broken"
            else decision.CheckOutcome(effect=self.effect)
            for check in request.checks
        ]
        return decision.BatchCheckResponse(
            outcomes=outcomes[request.principal == "nobody" :],
            revisions=[*request.freshness.at_least, f"identity.{EPOCH}.7"],
            staleness_ms=1500,
        )

    def get_head(self, _request: log.GetHeadRequest) -> log.GetHeadResponse:
        if self.head is not None:
            return self.head
        digest = self.events[-1].digest if self.events else GENESIS
        return log.GetHeadResponse(revision=f"identity.{EPOCH}.{len(self.events)}", digest=digest)


def make_events(count: int) -> list[log.Event]:
    """A sound log in which two accounts take turns."""
    digest, events = GENESIS, []
    for position in range(1, count + 1):
        account = ACCOUNT if position % 2 else "999999999999"
        payload = json.dumps({"name": f"user-{position}"}).encode()
        metadata = json.dumps({"reason": "a test"}).encode()
        recorded = Timestamp(seconds=1_800_000_000 + position, nanos=123_456_000)
        digest = chain_digest(
            digest,
            position=position,
            account=account,
            version=(position + 1) // 2,
            type="UserCreated",
            schema_version=1,
            payload=payload,
            metadata=metadata,
            recorded_at=recorded.seconds * 1_000_000 + 123_456,
            commit_last=True,
        )
        events.append(
            log.Event(
                position=position,
                account=account,
                version=(position + 1) // 2,
                type="UserCreated",
                schema_version=1,
                payload=payload,
                metadata=metadata,
                recorded_at=recorded,
                commit_last=True,
                digest=digest,
                revision=f"identity.{EPOCH}.{position}",
            )
        )
    return events


def account_event(event: log.Event) -> history.AccountEvent:
    """An event of the log as the history of its account has it."""
    metadata = json.loads(event.metadata)
    return history.AccountEvent(
        revision=event.revision,
        position=event.position,
        version=event.version,
        type=event.type,
        schema_version=event.schema_version,
        recorded_at=event.recorded_at,
        actor=metadata.get("actor"),
        reason=metadata.get("reason"),
        payload=event.payload.decode(),
        commit_last=event.commit_last,
        digest=event.digest,
    )


@contextmanager
def tiny_server() -> Iterator[Tiny]:
    """Serve until the block ends."""
    tiny = Tiny()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    unary: dict[str, dict[str, tuple[Callable[[Any], Message], type[Message]]]] = {
        "doorward.identity.v1.IdentityService": {
            "CreateUser": (tiny.create_user, users.CreateUserRequest),
            "ListUsers": (tiny.list_users, users.ListUsersRequest),
            "ListAccountEvents": (tiny.list_account_events, history.ListAccountEventsRequest),
            "GetAccountAt": (tiny.get_account_at, history.GetAccountAtRequest),
        },
        "doorward.decision.v1.DecisionService": {
            "Check": (tiny.check, decision.CheckRequest),
            "BatchCheck": (tiny.batch_check, decision.BatchCheckRequest),
        },
        **tiny.credential.services(),
    }
    for service, methods in unary.items():
        handlers = {name: _unary(tiny, name, *method) for name, method in methods.items()}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    reads: Any = {
        "GetHead": _unary(tiny, "GetHead", tiny.get_head, log.GetHeadRequest),
        "ReadEvents": grpc.unary_stream_rpc_method_handler(
            lambda request, context: _read_events(tiny, request, context),
            request_deserializer=log.ReadEventsRequest.FromString,
            response_serializer=log.ReadEventsResponse.SerializeToString,
        ),
    }
    for service in ("doorward.identity.v1.LogService", "doorward.credential.v1.LogService"):
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, reads),))
    tiny.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield tiny
    finally:
        server.stop(None).wait(5)


def write_endpoints(directory: Path, tiny: Tiny) -> Path:
    """What `doorward up` would have written."""
    document = {
        "identity": tiny.address,
        "credential": tiny.address,
        "decision": tiny.address,
        "decision_admin": tiny.address,
        "gateway": None,
        "nats": "nats://127.0.0.1:1",
        "redis": "redis://127.0.0.1:1/0",
        "bootstrap": {"account": ACCOUNT, "access_key_id": "AKIA", "secret_access_key": KEY},
    }
    (directory / "endpoints.json").write_text(json.dumps(document))
    return directory


def _unary(tiny: Tiny, name: str, answer: Callable[[Any], Message], request_type: type[Message]) -> Any:
    def serve(request: Any, context: grpc.ServicerContext) -> Message:
        _enter(tiny, name, request, context)
        try:
            return answer(request)
        except DoorwardError as error:
            _abort(error, context)
            raise

    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=request_type.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


def _read_events(
    tiny: Tiny, request: log.ReadEventsRequest, context: grpc.ServicerContext
) -> Iterator[log.ReadEventsResponse]:
    _enter(tiny, "ReadEvents", request, context)
    context.add_callback(lambda: tiny.ended.append("ReadEvents"))
    chosen = [
        event
        for event in tiny.events
        if event.position > request.after_position and request.account in ("", event.account)
    ]
    chosen = chosen[: request.limit or None]
    for start in range(0, len(chosen), 2):
        yield log.ReadEventsResponse(events=chosen[start : start + 2])
    while request.follow and context.is_active():
        time.sleep(0.01)


def _enter(tiny: Tiny, name: str, request: Any, context: grpc.ServicerContext) -> None:
    pairs = {str(key): str(value) for key, value in context.invocation_metadata()}
    tiny.seen.append((name, request, pairs))
    time.sleep(tiny.pause)
    if tiny.raises is not None:
        _abort(tiny.raises, context)


def _abort(error: DoorwardError, context: grpc.ServicerContext) -> None:
    context.set_trailing_metadata(((DETAILS, details_of(error)), ("x-request-id", "r-17")))
    context.abort(GRPC_CODES[error.status], error.message)
