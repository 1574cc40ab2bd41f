"""The port: data keys, each wrapped by a key-encryption key, kept beside the log that holds what they seal.

They share the log's database, so that a backup never holds sealed data without its key, and a restored one
knows both as of the same moment. No store ever sees a data key that is not wrapped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from doorward_kernel.ids import OPERATOR

INSTALLATION = "installation"
"""The owner of the one key that is no account's: the key of fingerprints. It cannot be erased."""

_OWNER = re.compile(rf"[0-9]{{12}}|{INSTALLATION}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key as it is kept; `wrapped_by` is the id of its key-encryption key, `created_at` in microseconds."""

    owner: str
    wrapped: bytes = field(repr=False)
    wrapped_by: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedKey:
    """What is left of a data key that was erased, for good; `erased_at` in microseconds since 1970, UTC."""

    owner: str
    erased_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapping:
    """`found` is to be kept as `wrapped`, by the key-encryption key `wrapped_by`."""

    found: WrappedKey
    wrapped: bytes = field(repr=False)
    wrapped_by: str


class DataKeys(Protocol):
    """Where wrapped data keys are kept. An owner is an account id or INSTALLATION.

    Every method raises Unavailable when the database does not answer. What was asked for may then have been
    done all the same; doing it again does no harm.
    """

    async def find(self, owner: str) -> WrappedKey | ErasedKey | None:
        """The key of an owner, what is left of it, or None when there never was one."""

    async def keep(self, owner: str, wrapped: bytes, wrapped_by: str) -> WrappedKey | ErasedKey:
        """Keep a key unless the owner has one, or had one that was erased; returns what is kept now.

        Of those who do this at once, in whatever processes, one wins and all are given the winner's key.
        Raises ValueError for an owner that cannot have a key.
        """

    async def erase(self, owner: str) -> ErasedKey:
        """Destroy the key of an account, and see to it that it never gets another one; also when it has none yet.

        Raises ValueError for INSTALLATION and the operator's account.
        """

    async def not_wrapped_by(self, wrapped_by: str, limit: int, *, after: str = "") -> list[WrappedKey]:
        """At most `limit` keys that another key-encryption key wraps, sorted by owner, after the owner `after`."""

    async def rewrap(self, rewrappings: Sequence[Rewrapping]) -> None:
        """Keep keys as wrapped anew, in one commit; leaves alone those that are no longer as they were found."""


def check_owner(owner: str) -> str:
    """Raises ValueError unless `owner` is an account id or INSTALLATION."""
    if not _OWNER.fullmatch(owner):
        raise ValueError(f"`{owner[:64]}` cannot own a data key: expected an account id")
    return owner


def check_erasable(owner: str) -> str:
    """Raises ValueError unless `owner` is the id of an account other than the operator's."""
    if check_owner(owner) == INSTALLATION:
        raise ValueError("the key of fingerprints is everybody's, and is not erased")
    if owner == OPERATOR:
        raise ValueError("the key of the operator's account seals what the services need to start, and is not erased")
    return owner
