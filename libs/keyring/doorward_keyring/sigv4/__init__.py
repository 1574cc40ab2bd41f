"""AWS Signature Version 4: whether a request is the one that the owner of a secret access key signed."""

from doorward_keyring.sigv4.parse import parse
from doorward_keyring.sigv4.request import HttpRequest, Scope, SignedRequest
from doorward_keyring.sigv4.verify import (
    check_body,
    check_scope,
    check_time,
    day_key,
    good_until,
    matches,
    scope_key,
    signing_key,
)

__all__ = [
    "HttpRequest",
    "Scope",
    "SignedRequest",
    "check_body",
    "check_scope",
    "check_time",
    "day_key",
    "good_until",
    "matches",
    "parse",
    "scope_key",
    "signing_key",
]
