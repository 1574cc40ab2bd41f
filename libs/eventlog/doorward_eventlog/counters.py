"""The port: numbers that only rise, kept beside the log: what was accepted once is refused from then on.

Such as the last accepted time step of a TOTP device (RFC 6238, 5.2: a code is accepted once) and the signature counter
of a passkey (Web Authentication, 7.2, step 22).
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from doorward_kernel.ids import AccountId

MOST = 2**63 - 1
"""No number is greater."""


class Counters(Protocol):
    """Where numbers from 0 to MOST are kept, each under an account and a name such as `totp/…`.

    Every method raises Unavailable when the database does not answer; what was asked for may then have been done all
    the same. Every method raises InvalidInput when the account is no account id, or a name is not 1 to 512 printable
    ASCII characters without spaces.
    """

    async def advance(self, account: AccountId, name: str, value: int) -> bool:
        """Keep `value` if it is greater than what is kept, or nothing is; False, and nothing is changed, if not.

        Of all who bring the same value at once, in whatever processes, exactly one gets True. After Unavailable the
        value counts as brought. Raises ValueError unless it is from 0 to MOST.
        """

    async def read(self, account: AccountId, names: Collection[str]) -> Mapping[str, int]:
        """What is kept under each of the names that have something."""

    async def delete(self, account: AccountId, names: Collection[str]) -> int:
        """Forget these numbers, in one commit; how many there were. What they refused may be accepted again."""

    async def delete_account(self, account: AccountId) -> int:
        """Forget every number of an account; how many there were."""


def check_value(value: int) -> int:
    """The number. Raises ValueError unless it is from 0 to MOST."""
    if not 0 <= value <= MOST:
        raise ValueError(f"`{value}` is not a number that can be kept: expected 0 to {MOST}")
    return value
