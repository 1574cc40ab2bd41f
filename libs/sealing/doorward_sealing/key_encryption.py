"""Key-encryption keys, which wrap the data keys: from a file, never in a database."""

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from doorward_sealing.cipher import KEY_BYTES
from doorward_sealing.errors import UnknownKeyEncryptionKey

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
    """The first wraps; all of them unwrap."""

    keys: tuple[KeyEncryptionKey, ...]

    @property
    def first(self) -> KeyEncryptionKey:
        return self.keys[0]

    def named(self, id: str) -> KeyEncryptionKey:
        """The key with that id. Raises UnknownKeyEncryptionKey."""
        for key in self.keys:
            if key.id == id:
                return key
        raise UnknownKeyEncryptionKey(
            f"a data key is wrapped by the key-encryption key `{id}`, which is not in the file: add it there"
        )


def read_key_encryption_keys(file: Path) -> KeyEncryptionKeys:
    """The keys in a file, one on a line, the newest first: 32 random bytes each, in base64 or hexadecimal digits.

    Raises OSError when the file cannot be read, ValueError when others can read it too or it holds anything else.
    """
    with file.open("rb") as opened:
        _refuse_others(file, os.fstat(opened.fileno()))
        lines = opened.read().split(b"\n")
    keys = tuple(_key(file, number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip())
    if not keys:
        raise ValueError(f"{file} holds no key-encryption key: expected 32 random bytes in base64")
    if len(set(keys)) < len(keys):
        raise ValueError(f"{file} holds a key-encryption key twice")
    return KeyEncryptionKeys(keys)


def _refuse_others(file: Path, found: os.stat_result) -> None:
    """PostgreSQL's rule for its private key: its owner may read it, and a group if it is root's, as in containers."""
    allowed = stat.S_IRUSR | stat.S_IWUSR
    if found.st_uid == 0 and os.geteuid() != 0:
        allowed |= stat.S_IRGRP
    if stat.S_IMODE(found.st_mode) & ~allowed:
        raise ValueError(f"{file} has mode {stat.S_IMODE(found.st_mode):04o}: only its owner may read it, make it 0600")


def _key(file: Path, number: int, line: bytes) -> KeyEncryptionKey:
    """The key on a line; the line itself is never told."""
    try:
        text = line.decode("ascii")
        if _HEXADECIMAL.fullmatch(text):
            return KeyEncryptionKey(bytes.fromhex(text))
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"{file}, line {number}: expected 32 random bytes in base64 or 64 hexadecimal digits"
        ) from None
    return KeyEncryptionKey(key)
