"""Read a signed request strictly: what is not exactly as AWS's documentation has it is refused.

The rules are those of the IAM user guide, "Create a signed AWS API request" and "Elements of an AWS API request
signature"; the texts of errors are AWS's where it has one.
"""

import hashlib
import re
from datetime import UTC, datetime

from doorward_kernel.errors import IncompleteSignature, InvalidInput, SignatureDoesNotMatch, Unauthenticated

from doorward_keyring.sigv4.claim import ALGORITHM, SIGNATURE, Claim, only, read_claim
from doorward_keyring.sigv4.encoding import canonical_path, canonical_query, normal_path, query_pairs
from doorward_keyring.sigv4.request import Headers, HttpRequest, Scope, SignedRequest, read_headers

DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
UNSIGNED = "UNSIGNED-PAYLOAD"
TERMINATOR = "aws4_request"

_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_KEY_ID = re.compile(r"[A-Za-z0-9_]{1,128}")
_REGION_OR_SERVICE = re.compile(r"[a-z0-9-]{1,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_SIGNED_HEADERS = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPACES = re.compile(r"  +")


def parse(request: HttpRequest) -> SignedRequest:
    """What the request says of its signature, and the text that must have been signed.

    Raises LimitExceeded when it is too large; InvalidInput when it is not a request of HTTP;
    MissingAuthenticationToken; IncompleteSignature; Unauthenticated when the key's id cannot be one;
    SignatureDoesNotMatch when no key can make the signature right.
    """
    headers = read_headers(request)
    pairs = query_pairs(request.raw_query)
    claim = read_claim(headers, pairs)
    signed_at = _seconds(claim.date)
    key_id, scope = _credential(claim)
    if not _SIGNATURE.fullmatch(claim.signature):
        raise SignatureDoesNotMatch(DOES_NOT_MATCH)
    names = _signed_headers(claim, headers)
    payload = _payload(request, headers, scope.service, presigned=claim.expires_in is not None)
    path = normal_path(request.raw_path, scope.service)
    if claim.expires_in is not None:
        pairs = [pair for pair in pairs if pair[0] != SIGNATURE]
    canonical = "\n".join(
        [
            request.method,
            canonical_path(path, scope.service),
            canonical_query(pairs),
            *[f"{name}:{_canonical_value(name, headers[name])}" for name in names],
            "",
            claim.signed_headers,
            payload,
        ]
    )
    return SignedRequest(
        access_key_id=key_id,
        scope=scope,
        signed_at=signed_at,
        expires_in=claim.expires_in,
        session_token=claim.session_token,
        signed_headers=names,
        body_signed=payload != UNSIGNED,
        path=path,
        signature=claim.signature,
        canonical_request=canonical,
        string_to_sign=_string_to_sign(claim.date, scope, canonical),
    )


def _seconds(date: str) -> int:
    match = _DATE.fullmatch(date)
    try:
        if match:
            year, month, day, hour, minute, second = map(int, match.groups())
            return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        pass
    raise IncompleteSignature(
        f"Date must be in ISO-8601 'basic format'. Got {date[:32]!a}. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _credential(claim: Claim) -> tuple[str, Scope]:
    parts = claim.credential.split("/")
    if len(parts) != 5:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got {claim.credential[:200]!a}"
        )
    key_id, date, region, service, terminator = parts
    if terminator != TERMINATOR:
        raise SignatureDoesNotMatch(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not {terminator[:64]!a}."
        )
    if date != claim.date[:8]:
        raise SignatureDoesNotMatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"{date[:32]!a} != '{claim.date[:8]}', from '{claim.date}'."
        )
    if not _REGION_OR_SERVICE.fullmatch(region):
        raise SignatureDoesNotMatch(f"Credential should be scoped to a valid region, not {region[:64]!a}.")
    if not _REGION_OR_SERVICE.fullmatch(service):
        raise SignatureDoesNotMatch(f"Credential should be scoped to a valid service, not {service[:64]!a}.")
    if not _KEY_ID.fullmatch(key_id):
        raise Unauthenticated("The security token included in the request is invalid.")
    return key_id, Scope(date=date, region=region, service=service)


def _signed_headers(claim: Claim, headers: Headers) -> tuple[str, ...]:
    if not _SIGNED_HEADERS.fullmatch(claim.signed_headers):
        raise IncompleteSignature("the signed headers are not names in lower case with semicolons between them")
    names = claim.signed_headers.split(";")
    signed = set(names)
    if names != sorted(signed):
        raise IncompleteSignature("the signed headers are not sorted, or one is there twice")
    if "host" not in signed:
        raise SignatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in headers:
        if name.startswith("x-amz-") and name not in signed:
            raise SignatureDoesNotMatch(f"'{name[:64]}' must be a 'SignedHeader' in the AWS Authorization.")
    for name in names:
        if name not in headers:
            raise SignatureDoesNotMatch(f"the header `{name[:64]}` was signed, and not sent")
    only(headers, "host")
    return tuple(names)


def _payload(request: HttpRequest, headers: Headers, service: str, *, presigned: bool) -> str:
    """The hash of the body, or UNSIGNED where the service allows it (S3 alone does)."""
    claimed = only(headers, "x-amz-content-sha256")
    if claimed is None:
        return UNSIGNED if presigned and service == "s3" else request.body_sha256
    if claimed.startswith("STREAMING-"):
        raise InvalidInput("a body that is signed in chunks is not supported: sign the hash of the whole body")
    if claimed == UNSIGNED and service == "s3":
        return UNSIGNED
    if claimed != request.body_sha256:
        raise SignatureDoesNotMatch("The provided 'x-amz-content-sha256' header does not match what was computed.")
    return claimed


def _canonical_value(name: str, values: list[str]) -> str:
    """The values with commas between them, each without spaces at its ends and with single ones inside.

    A tab between words counts as a space for AWS's signers, so that one could take the place of the other; nobody
    sends one, and it is refused as any control character is.
    """
    trimmed = [value.strip(" \t") for value in values]
    joined = trimmed[0] if len(trimmed) == 1 else ",".join(trimmed)
    if _CONTROL.search(joined):
        raise InvalidInput(f"the value of the header `{name[:64]}` has a control character")
    return _SPACES.sub(" ", joined) if "  " in joined else joined


def _string_to_sign(date: str, scope: Scope, canonical: str) -> str:
    try:
        digest = hashlib.sha256(canonical.encode()).hexdigest()
    except UnicodeEncodeError:
        raise InvalidInput("a signed header is not text") from None
    return f"{ALGORITHM}\n{date}\n{scope.date}/{scope.region}/{scope.service}/{TERMINATOR}\n{digest}"
