"""The errors that Doorward knows: each has AWS's code as its `reason` and one gRPC status.

A service raises them, the RPC server turns them into a status with `google.rpc.ErrorInfo`,
the client turns that back into the same class. Anything else that escapes is a defect (INTERNAL).
"""

from enum import IntEnum
from typing import ClassVar

ERROR_DOMAIN = "doorward"
"""The `domain` of every `google.rpc.ErrorInfo` that Doorward sends."""


class Status(IntEnum):
    """The gRPC status codes that Doorward answers with (google.rpc.Code)."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class DoorwardError(Exception):
    """An error that a caller can understand and act on.

    `message` is one line: lower case, no full stop, the caller's input in backticks.
    """

    reason: ClassVar[str] = "ServiceFailure"
    status: ClassVar[Status] = Status.INTERNAL

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DoorwardError):
    """The request itself is wrong: a malformed name, ARN, number, marker."""

    reason = "InvalidInput"
    status = Status.INVALID_ARGUMENT


class MalformedPolicyDocument(DoorwardError):
    """A policy document does not follow the grammar of the policy language."""

    reason = "MalformedPolicyDocument"
    status = Status.INVALID_ARGUMENT


class NoSuchEntity(DoorwardError):
    """What the request names does not exist."""

    reason = "NoSuchEntity"
    status = Status.NOT_FOUND


class EntityAlreadyExists(DoorwardError):
    """The name is taken; names are unique ignoring case."""

    reason = "EntityAlreadyExists"
    status = Status.ALREADY_EXISTS


class PolicyNotAttachable(DoorwardError):
    """The policy is for the service-linked role of its service alone."""

    reason = "PolicyNotAttachable"
    status = Status.INVALID_ARGUMENT


class UnmodifiableEntity(DoorwardError):
    """The role is linked to a service, and only the service may change it."""

    reason = "UnmodifiableEntity"
    status = Status.INVALID_ARGUMENT


class DeleteConflict(DoorwardError):
    """The entity still has subordinate entities that must be removed first."""

    reason = "DeleteConflict"
    status = Status.FAILED_PRECONDITION


class LimitExceeded(DoorwardError):
    """A quota would be exceeded, or a message is larger than allowed."""

    reason = "LimitExceeded"
    status = Status.RESOURCE_EXHAUSTED


class AccountIsClosed(DoorwardError):
    """The account was closed: nothing in it can be changed."""

    reason = "AccountClosed"
    status = Status.FAILED_PRECONDITION


class IdempotentParameterMismatch(DoorwardError):
    """The client token was used for another request."""

    reason = "IdempotentParameterMismatch"
    status = Status.INVALID_ARGUMENT


class ConcurrentModification(DoorwardError):
    """Others changed the account at the same time, again and again; try again."""

    reason = "ConcurrentModification"
    status = Status.ABORTED


class AccessDenied(DoorwardError):
    """The caller is known and may not do this."""

    reason = "AccessDenied"
    status = Status.PERMISSION_DENIED


class Unauthenticated(DoorwardError):
    """The caller did not prove who it is."""

    reason = "InvalidClientTokenId"
    status = Status.UNAUTHENTICATED


class IncompleteSignature(DoorwardError):
    """The signature of the request is malformed, or lacks a part."""

    reason = "IncompleteSignature"
    status = Status.INVALID_ARGUMENT


class MissingAuthenticationToken(DoorwardError):
    """The request is not signed at all."""

    reason = "MissingAuthenticationToken"
    status = Status.UNAUTHENTICATED


class AuthenticationFailed(DoorwardError):
    """Account, name, password or second factor is wrong; it is not told which."""

    reason = "AuthFailure"
    status = Status.UNAUTHENTICATED


class SignatureDoesNotMatch(DoorwardError):
    """The signature is not that of the request, or of another time."""

    reason = "SignatureDoesNotMatch"
    status = Status.UNAUTHENTICATED


class ExpiredToken(DoorwardError):
    """The session that the request was signed with is over."""

    reason = "ExpiredToken"
    status = Status.UNAUTHENTICATED


class InvalidAuthenticationCode(DoorwardError):
    """A code of a second factor is wrong, or was used before."""

    reason = "InvalidAuthenticationCode"
    status = Status.PERMISSION_DENIED


class PasswordPolicyViolation(DoorwardError):
    """The password does not satisfy the password policy of the account."""

    reason = "PasswordPolicyViolation"
    status = Status.INVALID_ARGUMENT


class PasswordChangeRequired(DoorwardError):
    """The password must be changed before it signs anybody in."""

    reason = "PasswordChangeRequired"
    status = Status.FAILED_PRECONDITION


class Throttling(DoorwardError):
    """There were too many attempts; try again later."""

    reason = "Throttling"
    status = Status.RESOURCE_EXHAUSTED


class EntityTemporarilyUnmodifiable(DoorwardError):
    """The entity cannot be changed just now; try again later."""

    reason = "EntityTemporarilyUnmodifiable"
    status = Status.ABORTED


class InvalidUserType(DoorwardError):
    """The operation is not for this kind of principal."""

    reason = "InvalidUserType"
    status = Status.INVALID_ARGUMENT


class ReportNotPresent(DoorwardError):
    """There is no credential report: have one made first."""

    reason = "ReportNotPresent"
    status = Status.NOT_FOUND


class ReportInProgress(DoorwardError):
    """The credential report is still being made."""

    reason = "ReportInProgress"
    status = Status.NOT_FOUND


class ReportExpired(DoorwardError):
    """The credential report is too old: have another one made."""

    reason = "ReportExpired"
    status = Status.NOT_FOUND


class PackedPolicyTooLarge(DoorwardError):
    """The session policies and tags together are larger than a session may carry."""

    reason = "PackedPolicyTooLarge"
    status = Status.INVALID_ARGUMENT


class IDPRejectedClaim(DoorwardError):
    """The identity provider, or what it says of the bearer, does not let the bearer in."""

    reason = "IDPRejectedClaim"
    status = Status.PERMISSION_DENIED


class InvalidIdentityToken(DoorwardError):
    """The identity provider's token is malformed, or not one of the provider."""

    reason = "InvalidIdentityToken"
    status = Status.INVALID_ARGUMENT


class ExpiredIdentityToken(DoorwardError):
    """The identity provider's token is no longer valid."""

    reason = "ExpiredTokenException"
    status = Status.INVALID_ARGUMENT


class IDPCommunicationError(DoorwardError):
    """The identity provider did not answer; try again."""

    reason = "IDPCommunicationError"
    status = Status.UNAVAILABLE


class InvalidAuthorizationMessage(DoorwardError):
    """The encoded authorization message is not one of ours, or was changed."""

    reason = "InvalidAuthorizationMessageException"
    status = Status.INVALID_ARGUMENT


class RevisionNotReached(DoorwardError):
    """The replica did not reach the revision that the check named in time; try again."""

    reason = "RevisionNotReached"
    status = Status.FAILED_PRECONDITION


class Unavailable(DoorwardError):
    """There is no answer now (too stale, frozen, a service is down). Never a disguised deny."""

    reason = "ServiceUnavailable"
    status = Status.UNAVAILABLE


class DeadlineExceeded(DoorwardError):
    """The caller's deadline passed before there was an answer."""

    reason = "RequestTimeout"
    status = Status.DEADLINE_EXCEEDED


class UnknownOperation(DoorwardError):
    """There is no such method, or it is asked for in an encoding that is not spoken here."""

    reason = "InvalidAction"
    status = Status.UNIMPLEMENTED


class InternalFailure(DoorwardError):
    """Something is broken on the server; the detail is in its log."""

    reason = "ServiceFailure"
    status = Status.INTERNAL


ERRORS: tuple[type[DoorwardError], ...] = (
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
    EntityAlreadyExists,
    PolicyNotAttachable,
    UnmodifiableEntity,
    DeleteConflict,
    LimitExceeded,
    AccountIsClosed,
    IdempotentParameterMismatch,
    ConcurrentModification,
    AccessDenied,
    Unauthenticated,
    IncompleteSignature,
    MissingAuthenticationToken,
    AuthenticationFailed,
    SignatureDoesNotMatch,
    ExpiredToken,
    InvalidAuthenticationCode,
    PasswordPolicyViolation,
    PasswordChangeRequired,
    Throttling,
    EntityTemporarilyUnmodifiable,
    InvalidUserType,
    ReportNotPresent,
    ReportInProgress,
    ReportExpired,
    PackedPolicyTooLarge,
    IDPRejectedClaim,
    InvalidIdentityToken,
    ExpiredIdentityToken,
    IDPCommunicationError,
    InvalidAuthorizationMessage,
    RevisionNotReached,
    Unavailable,
    DeadlineExceeded,
    UnknownOperation,
    InternalFailure,
)
"""Every class once: the one table of reason and gRPC status."""

_BY_REASON = {error.reason: error for error in ERRORS}


def from_reason(reason: str, message: str) -> DoorwardError:
    """The error that a peer sent, as the same class; an unknown reason is an InternalFailure."""
    return _BY_REASON.get(reason, InternalFailure)(message)
