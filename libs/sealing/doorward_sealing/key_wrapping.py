"""The port: what wraps data keys, in this process or in a key management service."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedBytes:
    """A data key as it may be kept; `by` is the id of the key-encryption key that wrapped it."""

    by: str
    data: bytes = field(repr=False)


class KeyWrapping(Protocol):
    """Wraps data keys by the first of its key-encryption keys, and unwraps those that any of them wrapped.

    An id tells key-encryption keys apart, for good, and gives nothing of them away. An owner is an account id or
    `installation`, and a data key is of use only for the owner for whom it was wrapped.
    Both coroutines raise Unavailable when whatever wraps does not answer.
    """

    @property
    def first_id(self) -> str:
        """The id of the key-encryption key that wraps."""

    async def wrap(self, owner: str, key: bytes) -> WrappedBytes:
        """A data key of 32 bytes, wrapped for its owner; each time another one."""

    async def unwrap(self, by: str, owner: str, data: bytes) -> bytes:
        """The data key that the key-encryption key `by` wrapped as `data`.

        Raises UnknownKeyEncryptionKey when there is no such key here, CannotUnseal when `data` was changed or is
        another owner's.
        """
