"""Key-encryption keys, which wrap the data keys: from a file or the environment, never in a database."""

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from doorward_sealing import cipher
from doorward_sealing.cipher import KEY_BYTES
from doorward_sealing.errors import UnknownKeyEncryptionKey
from doorward_sealing.key_wrapping import WrappedBytes

VARIABLE = "DOORWARD_KEY_ENCRYPTION_KEY"
"""The environment variable that holds the keys where there is no file."""

_BETWEEN_KEYS = re.compile(r"[\s,]+", re.ASCII)
_HEXADECIMAL = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """KEY_BYTES random bytes."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hexadecimal digits of its hash: tells keys apart and gives nothing away."""
        return hashlib.sha256(b"doorward key-encryption key\0" + self.key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """The first wraps; all of them unwrap. A KeyWrapping in this process, on AES-256-GCM."""

    keys: tuple[KeyEncryptionKey, ...]

    @property
    def first(self) -> KeyEncryptionKey:
        return self.keys[0]

    @property
    def first_id(self) -> str:
        return self.first.id

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all, in their order."""
        return tuple(key.id for key in self.keys)

    def named(self, id: str) -> KeyEncryptionKey:
        """The key with that id. Raises UnknownKeyEncryptionKey."""
        for key in self.keys:
            if key.id == id:
                return key
        raise UnknownKeyEncryptionKey(
            f"a data key is wrapped by the key-encryption key `{id}`, which this process was not given: "
            "add it after those that it has"
        )

    async def wrap(self, owner: str, key: bytes) -> WrappedBytes:
        return WrappedBytes(by=self.first_id, data=cipher.wrap(self.first.key, owner, key))

    async def unwrap(self, by: str, owner: str, data: bytes) -> bytes:
        return cipher.unwrap(self.named(by).key, owner, data)


class ExchangeableKeys:
    """A KeyWrapping whose keys may be exchanged while it is used; each wrapping and unwrapping uses those of now."""

    def __init__(self, keys: KeyEncryptionKeys) -> None:
        self._keys = keys

    @property
    def now(self) -> KeyEncryptionKeys:
        return self._keys

    @property
    def first_id(self) -> str:
        return self._keys.first_id

    def exchange(self, keys: KeyEncryptionKeys) -> None:
        """Use these from now on."""
        self._keys = keys

    async def wrap(self, owner: str, key: bytes) -> WrappedBytes:
        return await self._keys.wrap(owner, key)

    async def unwrap(self, by: str, owner: str, data: bytes) -> bytes:
        return await self._keys.unwrap(by, owner, data)


def given_key_encryption_keys(file: Path | None, text: str | None) -> KeyEncryptionKeys:
    """The keys in a file or in the text of VARIABLE, whichever there is.

    Raises ValueError unless there is exactly one of both; otherwise as `read_…` and `parse_key_encryption_keys` do.
    """
    if file is not None and text is None:
        return read_key_encryption_keys(file)
    if text is not None and file is None:
        return parse_key_encryption_keys(text, VARIABLE)
    raise ValueError(f"expected key-encryption keys in {VARIABLE}_FILE or in {VARIABLE}, and not in both")


def parse_key_encryption_keys(text: str, source: str) -> KeyEncryptionKeys:
    """The keys in a text, as they stand in a file, but between white space or commas.

    Raises ValueError, which tells `source` and never the text, when it holds no key or anything else.
    """
    words = [word for word in _BETWEEN_KEYS.split(text) if word]
    return _checked(
        source,
        tuple(
            _key(f"{source}, key {number}", word.encode(errors="replace")) for number, word in enumerate(words, start=1)
        ),
    )


def read_key_encryption_keys(file: Path) -> KeyEncryptionKeys:
    """The keys in a file, one on a line, the newest first: 32 random bytes each, in base64 or hexadecimal digits.

    Raises OSError when the file cannot be read, ValueError when others can read it too or it holds anything else.
    """
    with file.open("rb") as opened:
        _refuse_others(file, os.fstat(opened.fileno()))
        lines = opened.read().split(b"\n")
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    return _checked(str(file), tuple(_key(f"{file}, line {number}", line) for number, line in numbered if line))


def _checked(source: str, keys: tuple[KeyEncryptionKey, ...]) -> KeyEncryptionKeys:
    if not keys:
        raise ValueError(f"{source} holds no key-encryption key: expected 32 random bytes in base64")
    if len(set(keys)) < len(keys):
        raise ValueError(f"{source} holds a key-encryption key twice")
    return KeyEncryptionKeys(keys)


def _refuse_others(file: Path, found: os.stat_result) -> None:
    """PostgreSQL's rule for its private key: its owner may read it, and a group if it is root's, as in containers."""
    allowed = stat.S_IRUSR | stat.S_IWUSR
    if found.st_uid == 0 and os.geteuid() != 0:
        allowed |= stat.S_IRGRP
    if stat.S_IMODE(found.st_mode) & ~allowed:
        raise ValueError(f"{file} has mode {stat.S_IMODE(found.st_mode):04o}: only its owner may read it, make it 0600")


def _key(where: str, written: bytes) -> KeyEncryptionKey:
    """The key that is written there; what is written is never told."""
    try:
        text = written.decode("ascii")
        if _HEXADECIMAL.fullmatch(text):
            return KeyEncryptionKey(bytes.fromhex(text))
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{where}: expected 32 random bytes in base64 or 64 hexadecimal digits") from None
    return KeyEncryptionKey(key)
