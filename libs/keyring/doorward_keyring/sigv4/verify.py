"""Whether a signature is right, and now."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import UTC, datetime

from doorward_kernel.errors import SignatureDoesNotMatch

from doorward_keyring.sigv4.parse import TERMINATOR, UNSIGNED
from doorward_keyring.sigv4.request import SignedRequest

MOST_SKEW = 300
"""Seconds by which the signer's clock and ours may differ."""

_EMPTY = hashlib.sha256(b"").hexdigest()


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The 32 bytes that requests of one scope are signed with: good for one day (`YYYYMMDD`), one region, one service.

    AWS: IAM user guide, "Create a signed AWS API request", step 3.
    """
    return scope_key(day_key(secret, date), region, service)


def day_key(secret: str, date: str) -> bytes:
    """The 32 bytes that every signing key of one day (`YYYYMMDD`) comes from; the secret cannot be told from them."""
    return hmac.digest(f"AWS4{secret}".encode(), date.encode(), "sha256")


def scope_key(day_key: bytes, region: str, service: str) -> bytes:
    """The signing key of a region and service, from the key of the day."""
    key = day_key
    for part in (region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def matches(signed: SignedRequest, signing_key: bytes) -> bool:
    """Whether the request was signed with this key; takes the same time for every wrong signature."""
    expected = hmac.digest(signing_key, signed.string_to_sign.encode(), "sha256").hex()
    return hmac.compare_digest(expected, signed.signature)


def check_scope(signed: SignedRequest, *, services: Collection[str], regions: Collection[str]) -> None:
    """Raises SignatureDoesNotMatch when the request was signed for another service or region than these."""
    if signed.scope.region not in regions:
        raise SignatureDoesNotMatch(f"Credential should be scoped to a valid region, not '{signed.scope.region}'.")
    if signed.scope.service not in services:
        named = ", ".join(f"'{service}'" for service in sorted(services))
        raise SignatureDoesNotMatch(f"Credential should be scoped to correct service: {named}.")


def check_body(signed: SignedRequest, body_sha256: str) -> None:
    """Raises SignatureDoesNotMatch for a body, of this digest, that the signature says nothing of.

    An empty one is taken: whether it was signed is what `body_signed` says.
    """
    if not signed.body_signed and body_sha256 != _EMPTY:
        raise SignatureDoesNotMatch(f"the body is not signed (`{UNSIGNED}`): sign its hash in `x-amz-content-sha256`")


def good_until(signed: SignedRequest) -> int:
    """The last second, since 1970, UTC, at which `check_time` takes the request."""
    return signed.signed_at + (MOST_SKEW if signed.expires_in is None else signed.expires_in)


def check_time(signed: SignedRequest, now: int) -> None:
    """Raises SignatureDoesNotMatch when the signature is not good at `now`, in seconds since 1970, UTC.

    A request is good for five minutes before and after it was signed; a presigned one until it expires.
    """
    good_for = MOST_SKEW if signed.expires_in is None else signed.expires_in
    if now > good_until(signed):
        raise SignatureDoesNotMatch(
            f"Signature expired: {_text(signed.signed_at)} is now earlier than {_text(now - good_for)} "
            f"({_text(now)} - {_duration(good_for)})"
        )
    if signed.signed_at > now + MOST_SKEW:
        raise SignatureDoesNotMatch(
            f"Signature not yet current: {_text(signed.signed_at)} is still later than {_text(now + MOST_SKEW)} "
            f"({_text(now)} + {_duration(MOST_SKEW)})"
        )


def _text(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.year:04}{moment:%m%dT%H%M%SZ}"


def _duration(seconds: int) -> str:
    return f"{seconds // 60} min." if seconds % 60 == 0 else f"{seconds} s."
