"""Paths and queries in the canonical form that is signed.

What is percent-encoded already stays as it was sent, also in lower case: of what is signed no byte can be changed.
Everything else that is not unreserved (RFC 3986 §2.3) is encoded, as AWS does (IAM user guide, "Create a signed AWS
API request", step 1).
"""

import re

from doorward_kernel.errors import InvalidInput

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def _encoding_but(kept: str) -> dict[int, str]:
    return {code: f"%{code:02X}" for code in range(128) if chr(code) not in _UNRESERVED + kept}


_PATH_TWICE = _encoding_but("/")
_PATH_ONCE = _encoding_but("/%")
_QUERY = _encoding_but("%") | {ord("+"): "%20"}  # a plus is how forms encode a space
_NOTHING_TO_ENCODE = re.compile(r"[A-Za-z0-9._~%&=-]*")
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def normal_path(raw_path: str, service: str) -> str:
    """The path without dot segments and repeated slashes (RFC 3986 §5.2.4); for `s3` as it is, since keys are names."""
    if service == "s3" or ("//" not in raw_path and "/." not in raw_path):
        return raw_path or "/"
    kept: list[str] = []
    for segment in raw_path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    # As AWS's own signers have it, a slash at the end is what was sent, not what dots at the end amount to.
    return "/" + "/".join(kept) + ("/" if kept and raw_path.endswith("/") else "")


def canonical_path(normal_path: str, service: str) -> str:
    """The path encoded once more; for `s3` not once more."""
    return normal_path.translate(_PATH_ONCE if service == "s3" else _PATH_TWICE)


def query_pairs(raw_query: str) -> list[tuple[str, str]]:
    """Names and values in canonical encoding, in the order in which they were sent; a name alone has an empty value."""
    if not raw_query:
        return []
    # An equals sign in a value is encoded, too, so that a query with more of them than pairs takes the long way.
    plain = _NOTHING_TO_ENCODE.fullmatch(raw_query) is not None
    pairs = []
    for pair in raw_query.split("&"):
        name, _, value = pair.partition("=")
        if not plain or "=" in value:
            name, value = name.translate(_QUERY), value.translate(_QUERY)
        pairs.append((name, value))
    return pairs


def canonical_query(pairs: list[tuple[str, str]]) -> str:
    """The pairs by name and then by value."""
    return "&".join([f"{name}={value}" for name, value in sorted(pairs)])


def decode(text: str) -> str:
    """What a part of a query stands for. Raises InvalidInput when the encoded bytes are not UTF-8."""
    if "%" not in text:
        return text
    try:
        return _ENCODED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        raise InvalidInput("the query does not encode text in UTF-8") from None
