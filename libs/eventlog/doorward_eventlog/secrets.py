"""The port: secrets, sealed by whoever brings them, kept beside the log, for no secret belongs into an event.

They share the log's database with the data keys that they are sealed with. No store ever sees one that is not sealed.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from doorward_kernel.errors import InvalidInput, LimitExceeded
from doorward_kernel.ids import AccountId, account_id

MAX_SEALED_CHARACTERS = 64 * 1024
"""Of one sealed value."""

_NAME = re.compile(r"[!-~]{1,512}", re.ASCII)
_PREFIX = re.compile(r"[!-~]{0,512}", re.ASCII)
_SEALED = re.compile(r"[!-~]+", re.ASCII)


class Secrets(Protocol):
    """Where sealed values are kept, each under an account and a name such as `password/…` or `access-key/AKIA…`.

    Every method raises Unavailable when the database does not answer; what was asked for may then have been done all
    the same. Every method raises InvalidInput when the account is no account id, or a name is not 1 to 512 printable
    ASCII characters without spaces. Whatever writes raises ValueError when a value is not printable ASCII without
    spaces, LimitExceeded when it has more than MAX_SEALED_CHARACTERS.
    """

    async def put(self, account: AccountId, name: str, sealed: str) -> None:
        """Keep a value under a name that is free. Raises EntityAlreadyExists when it is not."""

    async def put_many(self, account: AccountId, sealed: Mapping[str, str]) -> None:
        """Keep each value under its name, in one commit, or none. Raises EntityAlreadyExists when a name is taken."""

    async def replace(self, account: AccountId, name: str, sealed: str, expected: str) -> bool:
        """Keep `sealed` in the place of `expected`; False, and nothing is changed, when that is not what is kept."""

    async def find(self, account: AccountId, name: str) -> str | None:
        """What is kept under a name."""

    async def find_many(self, account: AccountId, names: Collection[str]) -> Mapping[str, str]:
        """What is kept under each of the names that have something."""

    async def take(self, account: AccountId, name: str, expected: str) -> bool:
        """Delete `expected`; False when that is not what is kept. Of all who do this at once exactly one gets True.

        For what may be used once, such as a recovery code: after Unavailable it counts as used.
        """

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        """Delete whatever is kept under these names, in one commit; how many there were."""

    async def names(self, account: AccountId, prefix: str, limit: int, *, after: str = "") -> list[str]:
        """At most `limit` names that begin with `prefix`, sorted by their ASCII codes, after the name `after`."""

    async def delete_account(self, account: AccountId) -> int:
        """Delete everything of an account; how many there were."""


def check_names(account: AccountId, names: Iterable[str]) -> None:
    """Raises InvalidInput unless `account` is an account id and each name can be one."""
    account_id(account)
    for name in names:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"`{name[:64]}` cannot be a name: expected 1 to 512 printable ASCII characters without spaces"
            )


def check_prefix(account: AccountId, prefix: str, after: str) -> None:
    """Raises InvalidInput unless `account` is an account id, and names may begin with `prefix` and follow `after`."""
    account_id(account)
    for part in (prefix, after):
        if not _PREFIX.fullmatch(part):
            raise InvalidInput(f"no name begins with `{part[:64]}`: names are printable ASCII without spaces")


def check_sealed(sealed: str) -> str:
    """The value, which no error quotes. Raises ValueError and LimitExceeded as the port says."""
    if len(sealed) > MAX_SEALED_CHARACTERS:
        raise LimitExceeded(f"a sealed value has at most {MAX_SEALED_CHARACTERS} characters, this has {len(sealed)}")
    if not _SEALED.fullmatch(sealed):
        raise ValueError("a sealed value is printable ASCII without spaces, and never empty")
    return sealed
