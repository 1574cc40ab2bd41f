"""Ids: account ids and AWS's unique ids (IAM user guide, "IAM identifiers")."""

import base64
import re
from typing import NewType

from doorward_kernel.errors import InvalidInput

AccountId = NewType("AccountId", str)
"""Twelve digits."""

UniqueId = NewType("UniqueId", str)
"""Four or six letters that say the kind, then sixteen or seventeen of A-Z2-7; never used twice."""

OPERATOR = AccountId("000000000000")
"""The operator's own account, apart from all others: it holds the organization, and nothing else."""

USER_PREFIX = "AIDA"
GROUP_PREFIX = "AGPA"
ROLE_PREFIX = "AROA"
POLICY_PREFIX = "ANPA"
INSTANCE_PROFILE_PREFIX = "AIPA"
SAML_PROVIDER_PREFIX = "SAMLSP"
ACCESS_KEY_PREFIX = "AKIA"
TEMPORARY_KEY_PREFIX = "ASIA"

UNIQUE_ID_ENTROPY = 11
"""Random bytes that `unique_id` needs."""

ACCESS_KEY_ENTROPY = 5
"""Random bytes that `access_key_id` needs."""

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


def account_id(text: str) -> AccountId:
    """Check an account id. Raises InvalidInput unless it is twelve digits."""
    if not _ACCOUNT.fullmatch(text):
        raise InvalidInput(f"`{text[:64]}` is not an account id: expected 12 digits")
    return AccountId(text)


def is_account_id(text: str) -> bool:
    """Whether it is twelve digits."""
    return _ACCOUNT.fullmatch(text) is not None


def unique_id(prefix: str, entropy: bytes) -> UniqueId:
    """A 21-character id such as `AIDA…` from `UNIQUE_ID_ENTROPY` random bytes."""
    return UniqueId(prefix + base64.b32encode(entropy).decode("ascii")[:17])


def access_key_id(account: AccountId, entropy: bytes, prefix: str = ACCESS_KEY_PREFIX) -> str:
    """A 20-character access key id that carries its account.

    80 bits in base 32 behind the prefix: a 1, forty bits of account id, 39 bits of `entropy`
    (`ACCESS_KEY_ENTROPY` random bytes, of which the first bit is dropped).
    """
    tail = int.from_bytes(entropy[:ACCESS_KEY_ENTROPY]) & ((1 << 39) - 1)
    bits = (1 << 79) | (int(account) << 39) | tail
    return prefix + base64.b32encode(bits.to_bytes(10)).decode("ascii")


def account_of_access_key(key_id: str) -> AccountId:
    """The account that an access key id carries. Raises InvalidInput when it is not one."""
    try:
        bits = int.from_bytes(base64.b32decode(key_id[4:20]))
    except ValueError:
        bits = 0
    account = (bits >> 39) & ((1 << 40) - 1)
    if len(key_id) != 20 or not bits >> 79 or account >= 10**12:
        raise InvalidInput(f"`{key_id[:32]}` is not an access key id")
    return AccountId(f"{account:012d}")
