"""A request as it arrived, and what its signature says of it."""

import re
from dataclasses import dataclass, field

from doorward_kernel.errors import InvalidInput, LimitExceeded

MOST_CHARACTERS = 8192
"""Of the path, of the query, and of each header's value."""

MOST_HEADERS = 100
MOST_HEADER_CHARACTERS = 32768
"""Of all names and values of headers together."""

Headers = dict[str, list[str]]
"""Values by name in lower case, in the order in which they were sent."""

_METHOD = re.compile(r"[A-Z-]{1,20}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.1
# What RFC 3986 allows to stand in a path or query, and the visible ASCII that clients send there nevertheless.
_PATH = re.compile(r"/(?:[!-\"$&->@-~]|%[0-9A-Fa-f]{2})*+")
_QUERY = re.compile(r"(?:[!-\"$&-~]|%[0-9A-Fa-f]{2})*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire: nothing in it was decoded, sorted or normalised by a framework.

    Bytes of header values are text in UTF-8, folded lines are unfolded (RFC 9112 §5.2), and the `:authority` of HTTP/2
    is the header `host`.
    """

    method: str
    raw_path: str
    """Percent-encoded, up to the question mark; empty for the root."""
    raw_query: str = field(repr=False)
    """Percent-encoded, behind the question mark; empty for none."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """In the order in which they were sent; names in any case, also several times."""
    body_sha256: str
    """Of the body that arrived, as 64 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signature is good for."""

    date: str
    """`YYYYMMDD`, UTC."""
    region: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What a request says of its signature. Proves nothing before `matches`, and is good at no time but `check_time`'s.

    The pair of `access_key_id` and `signature` is the same for a request that is sent again, and for no other.
    """

    access_key_id: str
    scope: Scope
    signed_at: int
    """In seconds since 1970, UTC."""
    expires_in: int | None
    """Of a presigned request, in seconds after `signed_at`; None when the signature is in the header."""
    session_token: str | None = field(repr=False)
    """What temporary credentials are proved with besides; None when the request brings none."""
    signed_headers: tuple[str, ...]
    """Names in lower case, sorted. Nothing is proved about any other header."""
    body_signed: bool
    """False for `UNSIGNED-PAYLOAD`: anybody may have put another body there."""
    path: str
    """The path that was signed, percent-encoded: without dot segments and repeated slashes, except for `s3`. Who
    looks at another form of it can be led elsewhere than the signer meant."""
    signature: str = field(repr=False)
    canonical_request: str = field(repr=False)
    string_to_sign: str = field(repr=False)


def read_headers(request: HttpRequest) -> Headers:
    """The headers of a request that is no larger than allowed.

    Raises LimitExceeded; InvalidInput when the method, the path, the query or the name of a header is not one.
    """
    _check_target(request)
    if len(request.headers) > MOST_HEADERS:
        raise LimitExceeded(f"a request has at most {MOST_HEADERS} headers, this one {len(request.headers)}")
    headers: Headers = {}
    total = 0
    for name, value in request.headers:
        total += len(name) + len(value)
        if len(value) > MOST_CHARACTERS or total > MOST_HEADER_CHARACTERS:
            raise LimitExceeded(
                f"a header has at most {MOST_CHARACTERS} characters, and all together {MOST_HEADER_CHARACTERS}"
            )
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"`{ascii(name[:64])[1:-1]}` is not the name of a header")
        headers.setdefault(name.lower(), []).append(value)
    return headers


def _check_target(request: HttpRequest) -> None:
    if len(request.raw_path) > MOST_CHARACTERS or len(request.raw_query) > MOST_CHARACTERS:
        raise LimitExceeded(f"the path and the query have at most {MOST_CHARACTERS} characters each")
    if not _METHOD.fullmatch(request.method):
        raise InvalidInput(f"`{ascii(request.method[:20])[1:-1]}` is not a method of HTTP")
    if request.raw_path and not _PATH.fullmatch(request.raw_path):
        raise InvalidInput("the path does not start with a slash, or is not percent-encoded")
    if not _QUERY.fullmatch(request.raw_query):
        raise InvalidInput("the query is not percent-encoded")
