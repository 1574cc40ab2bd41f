"""What a request says of its own signature: in the header `Authorization`, or in the query when it is presigned."""

import re
from dataclasses import dataclass, field

from doorward_kernel.errors import IncompleteSignature, MissingAuthenticationToken

from doorward_keyring.sigv4.encoding import decode
from doorward_keyring.sigv4.request import Headers

ALGORITHM = "AWS4-HMAC-SHA256"
SIGNATURE = "X-Amz-Signature"
MOST_SECONDS = 604800
"""For how long a presigned request is good at most: seven days."""

_IN_HEADER = ("Credential", "SignedHeaders", "Signature")
_IN_QUERY = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", SIGNATURE)
_TOKEN = "X-Amz-Security-Token"  # noqa: S105 - the name of a parameter
_SECONDS = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The parts of a signature as they were sent; nothing about them was checked but that each is there once."""

    credential: str
    date: str
    signed_headers: str
    signature: str = field(repr=False)
    session_token: str | None = field(repr=False)
    expires_in: int | None


def read_claim(headers: Headers, pairs: list[tuple[str, str]]) -> Claim:
    """The one claim of a request, given its query in canonical encoding.

    Raises MissingAuthenticationToken when there is none; IncompleteSignature for two, or when a part is missing,
    there twice, or unknown.
    """
    authorizations = headers.get("authorization", [])
    in_query = [pair for pair in pairs if pair[0] in _IN_QUERY or pair[0] == _TOKEN]
    if len(authorizations) + bool(in_query) > 1:
        raise IncompleteSignature("a request is signed once: in one header `Authorization`, or in its query")
    if in_query:
        return _presigned(headers, in_query)
    if authorizations:
        return _signed_in_header(headers, authorizations[0])
    raise MissingAuthenticationToken("Request is missing Authentication Token")


def only(headers: Headers, name: str) -> str | None:
    """The value of a header that may be sent once. Raises IncompleteSignature when it was sent several times."""
    values = headers.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise IncompleteSignature(f"the header `{name}` was sent {len(values)} times")
    return values[0].strip(" \t")


def _signed_in_header(headers: Headers, authorization: str) -> Claim:
    algorithm, _, rest = authorization.strip(" ").partition(" ")
    if not algorithm[:4].upper() == "AWS4":
        raise MissingAuthenticationToken("Request is missing Authentication Token")
    _check_algorithm(algorithm)
    parts: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip(" ").partition("=")
        if not equals or " " in value:
            raise IncompleteSignature("not a valid key=value pair (missing equal-sign) in Authorization header")
        if name not in _IN_HEADER or name in parts:
            raise IncompleteSignature("the header `Authorization` has a parameter twice, or one that it does not have")
        parts[name] = value
    missing = [f"Authorization header requires '{name}' parameter." for name in _IN_HEADER if not parts.get(name)]
    date = only(headers, "x-amz-date")
    if not date:
        missing.append("Authorization header requires existence of a 'X-Amz-Date' header.")
    if missing or not date:
        raise IncompleteSignature(" ".join(missing))
    return Claim(
        credential=parts["Credential"],
        date=date,
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
        session_token=only(headers, _TOKEN.lower()),
        expires_in=None,
    )


def _presigned(headers: Headers, pairs: list[tuple[str, str]]) -> Claim:
    parts = {name: decode(value) for name, value in pairs}
    if len(parts) < len(pairs):
        raise IncompleteSignature("the query has a parameter of its signature twice")
    missing = [f"'{name}'" for name in _IN_QUERY if not parts.get(name)]
    if missing:
        raise IncompleteSignature(f"AWS query-string parameters must include {', '.join(missing)}.")
    _check_algorithm(parts["X-Amz-Algorithm"])
    if _TOKEN.lower() in headers:
        raise IncompleteSignature("the session token of a presigned request is in its query, not in a header")
    return Claim(
        credential=parts["X-Amz-Credential"],
        date=parts["X-Amz-Date"],
        signed_headers=parts["X-Amz-SignedHeaders"],
        signature=parts[SIGNATURE],
        session_token=parts.get(_TOKEN),
        expires_in=_seconds(parts["X-Amz-Expires"]),
    )


def _check_algorithm(algorithm: str) -> None:
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': {algorithm[:32]!a} (only {ALGORITHM} for now).")


def _seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text) or not 1 <= int(text) <= MOST_SECONDS:
        raise IncompleteSignature(f"`X-Amz-Expires` is a number of seconds from 1 to {MOST_SECONDS}")
    return int(text)
