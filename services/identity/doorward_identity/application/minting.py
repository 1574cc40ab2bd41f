"""Time and ids for commands: the impure part of making something new."""

import secrets
from datetime import UTC, datetime

from doorward_kernel.ids import UNIQUE_ID_ENTROPY, AccountId, UniqueId, unique_id


class Mint:
    """Hands out what a command needs from the world."""

    def now(self) -> datetime:
        """The time in UTC, in whole seconds as AWS shows it."""
        return datetime.now(UTC).replace(microsecond=0)

    def unique_id(self, prefix: str) -> UniqueId:
        """An id that was never used, such as `AIDA…`."""
        return unique_id(prefix, secrets.token_bytes(UNIQUE_ID_ENTROPY))

    def account_id(self) -> AccountId:
        """Twelve random digits that do not begin with 0."""
        return AccountId(str(10**11 + secrets.randbelow(9 * 10**11)))
