"""Errors on the wire: a DoorwardError as gRPC status with `google.rpc.ErrorInfo`, and back."""

import base64
from typing import Protocol
from urllib.parse import quote

import grpc
from doorward_kernel.errors import (
    ERROR_DOMAIN,
    DeadlineExceeded,
    DoorwardError,
    InternalFailure,
    InvalidInput,
    LimitExceeded,
    Status,
    Unauthenticated,
    Unavailable,
    UnknownOperation,
    from_reason,
)
from google.rpc import error_details_pb2, status_pb2

DETAILS = "grpc-status-details-bin"
MAX_MESSAGE_CHARACTERS = 2048

GRPC_CODES: dict[Status, grpc.StatusCode] = {
    status: next(code for code in grpc.StatusCode if code.value[0] == status) for status in Status
}

_OF_GRPC_ITSELF: dict[grpc.StatusCode, type[DoorwardError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: LimitExceeded,
    grpc.StatusCode.UNIMPLEMENTED: UnknownOperation,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
}


class CallFailed(Protocol):
    """What grpc's sync and async errors have in common."""

    def code(self) -> grpc.StatusCode | None: ...
    def details(self) -> str | None: ...
    def trailing_metadata(self) -> object: ...


def message_of(error: DoorwardError) -> str:
    """The message as it is sent: bounded, since it may quote the caller."""
    text = error.message
    return text if len(text) <= MAX_MESSAGE_CHARACTERS else text[: MAX_MESSAGE_CHARACTERS - 1] + "…"


def details_of(error: DoorwardError) -> bytes:
    """The value of `grpc-status-details-bin`: a serialized google.rpc.Status that holds an ErrorInfo."""
    status = status_pb2.Status(code=int(error.status), message=message_of(error))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=ERROR_DOMAIN))
    return bytes(status.SerializeToString())


def trailers_of(error: DoorwardError) -> list[tuple[bytes, bytes]]:
    """The HTTP/2 trailers that carry `error`, for servers that frame gRPC themselves."""
    return [
        (b"grpc-status", b"%d" % error.status),
        (b"grpc-message", quote(message_of(error), safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~").encode()),
        (DETAILS.encode(), base64.b64encode(details_of(error)).rstrip(b"=")),
    ]


def error_of_call(call: CallFailed) -> DoorwardError:
    """The error that a peer answered with, as the class it was raised as.

    An answer without ErrorInfo comes from gRPC itself or from a proxy, and becomes the class that fits its code.
    """
    message = call.details() or "no details"
    for key, value in _pairs(call.trailing_metadata()):
        if key == DETAILS and isinstance(value, bytes):
            reason = _reason(value)
            if reason:
                return from_reason(reason, message)
    code = call.code()
    kind = _OF_GRPC_ITSELF.get(code, InternalFailure) if code is not None else InternalFailure
    return kind(message)


def _reason(details: bytes) -> str:
    status = status_pb2.Status.FromString(details)
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == ERROR_DOMAIN:
            return str(info.reason)
    return ""


def _pairs(metadata: object) -> list[tuple[str, str | bytes]]:
    return [(key, value) for key, value in metadata] if metadata else []  # type: ignore[attr-defined]
