"""The cryptography: AES-256-GCM with a fresh nonce for each value, HMAC-SHA-256 for fingerprints.

Nonces are 96 random bits. Under one key that is sound for 2^32 values (NIST SP 800-38D, 8.2.2 and 8.3): far more than
one account ever seals, or one key-encryption key ever wraps. What a value belongs to is authenticated with it.
"""

import base64
import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId

from doorward_sealing.errors import CannotUnseal

KEY_BYTES = 32

_NONCE_BYTES = 12
_TAG_BYTES = 16
_SEALED = "sealed.v1."
_PURPOSE = re.compile(r"[!-~]{1,128}", re.ASCII)


def new_key() -> bytes:
    """A random key of KEY_BYTES."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(wrapping_key: bytes, owner: str, key: bytes) -> bytes:
    """A data key as it may be kept: nonce, ciphertext and tag, of use only with `wrapping_key` and for `owner`."""
    return _encrypt(wrapping_key, key, "data key", owner)


def unwrap(wrapping_key: bytes, owner: str, wrapped: bytes) -> bytes:
    """The data key. Raises CannotUnseal when `wrapped` was changed, or is another owner's."""
    try:
        return _decrypt(wrapping_key, wrapped, "data key", owner)
    except InvalidTag as error:
        raise CannotUnseal(f"the data key of `{owner}` is not as it was wrapped") from error


def seal(key: bytes, account: AccountId, purpose: str, text: str) -> str:
    """`text` as printable ASCII that can stand in an event; each time another one.

    `purpose` says what the text is, such as `root-email`, and whose, where an account has several, such as
    `access-key-secret/AKIA…`: 1 to 128 printable ASCII characters without spaces, else ValueError.
    Raises InvalidInput when the text cannot be written in UTF-8.
    """
    data = _encrypt(key, _utf8(text), _SEALED, account, _checked(purpose))
    return _SEALED + base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def unseal(key: bytes, account: AccountId, purpose: str, sealed: str) -> str:
    """The text that was sealed. Raises CannotUnseal unless all is as it was, to the letter."""
    data = _data_of(sealed)
    try:
        return _decrypt(key, data, _SEALED, account, _checked(purpose)).decode()
    except InvalidTag as error:
        raise CannotUnseal(f"a value is not as it was sealed, or not for account `{account}` as `{purpose}`") from error


def fingerprint(key: bytes, purpose: str, text: str) -> str:
    """64 hexadecimal digits: the same for the same purpose and text, and without the key no guess can be tried.

    The caller brings texts that are to count as equal into one form. Raises as `seal` does.
    """
    return hmac.new(key, _bound("fingerprint", _checked(purpose)) + _utf8(text), hashlib.sha256).hexdigest()


def _encrypt(key: bytes, plain: bytes, *belongs: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound(*belongs))


def _decrypt(key: bytes, data: bytes, *belongs: str) -> bytes:
    """Raises InvalidTag unless the key, the data and what it belongs to are those of `_encrypt`."""
    if len(data) < _NONCE_BYTES + _TAG_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound(*belongs))


def _bound(*parts: str) -> bytes:
    """No part holds a NUL, so that no two lists of parts come to the same bytes."""
    return "".join(f"{part}\0" for part in parts).encode("ascii")


def _data_of(sealed: str) -> bytes:
    text = sealed.removeprefix(_SEALED)
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    if sealed != _SEALED + base64.urlsafe_b64encode(data).decode("ascii").rstrip("="):
        raise CannotUnseal("a sealed value does not have the form of one")
    return data


def _checked(purpose: str) -> str:
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError(f"`{purpose[:128]}` is not a purpose: expected 1 to 128 printable characters without spaces")
    return purpose


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the text holds half a character: expected what can be written in UTF-8") from None
