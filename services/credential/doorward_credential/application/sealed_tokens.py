"""Sealed tokens: what the service gives out and gets back without keeping it: sessions, challenges, messages.

A token is a version, the id of its key, a nonce and AES-256-GCM over compressed JSON; its purpose is authenticated
with it, so that no token passes for one of another kind.
"""

import base64
import hmac
import json
import secrets
import zlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from doorward_kernel.errors import Unauthenticated

from doorward_credential.application.service_keys import ServiceKey, ServiceKeys

MOST_CHARACTERS = 8192
"""Of a token."""

_VERSION = 1
_KID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = 1 + _KID_BYTES + _NONCE_BYTES
_MOST_PLAIN = 64 * 1024


class NoSuchToken(Unauthenticated):
    """It was not made here, was changed, is of another purpose, or its key no longer counts."""


class SealedTokens:
    """Seals and opens, with the newest of the service's keys and any that still counts."""

    def __init__(self, keys: ServiceKeys) -> None:
        self._keys = keys
        self._derived: dict[tuple[str, str], bytes] = {}

    def seal(self, purpose: str, fields: Mapping[str, Any]) -> str:
        """`fields` as a token; each time another one."""
        key, nonce = self._keys.in_use, secrets.token_bytes(_NONCE_BYTES)
        plain = zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 6)
        header = bytes((_VERSION,)) + bytes.fromhex(key.kid) + nonce
        sealed = AESGCM(self._subkey(key, "seal")).encrypt(nonce, plain, _bound(purpose, header))
        return _text_of(header + sealed)

    def open_now(self, purpose: str, token: str) -> dict[str, Any] | None:
        """The fields; None when the token's key is unknown here. Raises NoSuchToken."""
        data = _data_of(token)
        key = self._keys.find(data[1 : 1 + _KID_BYTES].hex())
        return None if key is None else self._opened(purpose, data, key)

    async def open(self, purpose: str, token: str) -> dict[str, Any]:
        """The fields. Raises NoSuchToken, Unavailable when the database does not answer."""
        data = _data_of(token)
        key = await self._keys.look_for(data[1 : 1 + _KID_BYTES].hex())
        if key is None:
            raise _no_such()
        return self._opened(purpose, data, key)

    def secret_of(self, kid: str, access_key_id: str) -> str | None:
        """The secret access key of a temporary key: 40 characters that only the service can derive; None when the key
        that it is derived from no longer counts."""
        key = self._keys.find(kid)
        if key is None:
            return None
        mac = hmac.digest(self._subkey(key, "secret access keys"), access_key_id.encode(), "sha256")
        return base64.b64encode(mac[:30]).decode("ascii")

    @property
    def kid(self) -> str:
        """The id of the key in use."""
        return self._keys.in_use.kid

    def _opened(self, purpose: str, data: bytes, key: ServiceKey) -> dict[str, Any]:
        header, nonce = data[:_HEADER_BYTES], data[1 + _KID_BYTES : _HEADER_BYTES]
        try:
            plain = AESGCM(self._subkey(key, "seal")).decrypt(nonce, data[_HEADER_BYTES:], _bound(purpose, header))
        except InvalidTag:
            raise _no_such() from None
        fields: dict[str, Any] = json.loads(zlib.decompressobj().decompress(plain, _MOST_PLAIN))
        return fields

    def _subkey(self, key: ServiceKey, use: str) -> bytes:
        found = self._derived.get((key.kid, use))
        if found is None:
            found = HKDFExpand(hashes.SHA256(), 32, f"doorward {use}".encode()).derive(key.private)
            self._derived[key.kid, use] = found
        return found


def _data_of(token: str) -> bytes:
    if len(token) > MOST_CHARACTERS:
        raise _no_such()
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _no_such() from None
    if len(data) <= _HEADER_BYTES or data[0] != _VERSION or _text_of(data) != token:
        raise _no_such()
    return data


def _text_of(data: bytes) -> str:
    """Base 64 as in RFC 4648 section 5, without padding: the one spelling of a token."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _bound(purpose: str, header: bytes) -> bytes:
    return f"{purpose}\0".encode() + header


def _no_such() -> NoSuchToken:
    return NoSuchToken("The security token included in the request is invalid.")
