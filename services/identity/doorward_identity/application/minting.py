"""Time and ids for commands: the impure part of making something new."""

import hashlib
import secrets
import string
import uuid
from datetime import UTC, datetime

from doorward_kernel.ids import UNIQUE_ID_ENTROPY, AccountId, UniqueId, unique_id

from doorward_identity.application.once import ONCE

_SHORT = string.digits + string.ascii_lowercase


class Mint:
    """Hands out what a command needs from the world.

    Under a client token the ids come from the write's seed, which the log remembers: so a write that is sent again
    makes the same ones.
    """

    def now(self) -> datetime:
        """The time in UTC, in whole seconds as AWS shows it."""
        return datetime.now(UTC).replace(microsecond=0)

    def unique_id(self, prefix: str) -> UniqueId:
        """An id that was never used, such as `AIDA…`; one write makes one for each prefix."""
        once = ONCE.get()
        if once is None:
            return unique_id(prefix, secrets.token_bytes(UNIQUE_ID_ENTROPY))
        return unique_id(prefix, _derived(bytes.fromhex(once.seed), prefix)[:UNIQUE_ID_ENTROPY])

    def short_id(self, prefix: str, length: int) -> str:
        """An id of the organization such as `ou-…`: `length` random lower-case letters and digits after the prefix;
        one write makes one for each prefix."""
        once = ONCE.get()
        drawn = secrets.token_bytes(32) if once is None else _derived(bytes.fromhex(once.seed), prefix)
        number, tail = int.from_bytes(drawn), ""
        for _ in range(length):
            number, digit = divmod(number, len(_SHORT))
            tail += _SHORT[digit]
        return prefix + tail

    def uuid(self) -> str:
        """A random UUID; one write makes one."""
        once = ONCE.get()
        drawn = secrets.token_bytes(16) if once is None else _derived(bytes.fromhex(once.seed), "uuid")[:16]
        return str(uuid.UUID(bytes=drawn, version=4))

    def account_id(self) -> AccountId:
        """Twelve random digits that do not begin with 0; under a client token those that belong to it, as there is no
        account yet to remember a seed."""
        once = ONCE.get()
        drawn = secrets.token_bytes(32) if once is None else _derived(once.token.encode(), once.request)
        return AccountId(str(10**11 + int.from_bytes(drawn) % (9 * 10**11)))


def _derived(secret: bytes, purpose: str) -> bytes:
    return hashlib.sha256(secret + b"\0" + purpose.encode()).digest()
