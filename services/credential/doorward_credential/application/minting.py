"""Time, ids and secrets for commands: the impure part of making something new."""

import base64
import secrets
import time
from datetime import UTC, datetime

from doorward_kernel.ids import ACCESS_KEY_ENTROPY, ACCESS_KEY_PREFIX, AccountId, access_key_id

_SEED_BYTES = 40
"""Of a virtual MFA device: 64 characters in base 32, as AWS makes them; RFC 4226 asks for 20 or more."""

_RECOVERY_CODE_BYTES = 10


class Mint:
    """Hands out what a command needs from the world."""

    def now(self) -> datetime:
        """The time in UTC, in whole seconds as AWS shows it."""
        return datetime.now(UTC).replace(microsecond=0)

    def seconds(self) -> int:
        """The time in whole seconds since 1970, UTC."""
        return int(time.time())

    def id(self) -> str:
        """32 random hexadecimal digits: a name that was never used."""
        return secrets.token_hex(16)

    def short_id(self) -> str:
        """26 random letters and digits, as serial numbers end with them."""
        return base64.b32encode(secrets.token_bytes(20)).decode("ascii")[:26]

    def access_key_id(self, account: AccountId, prefix: str = ACCESS_KEY_PREFIX) -> str:
        """A key id that carries its account."""
        return access_key_id(account, secrets.token_bytes(ACCESS_KEY_ENTROPY), prefix)

    def secret_access_key(self) -> str:
        """40 characters of base 64."""
        return base64.b64encode(secrets.token_bytes(30)).decode("ascii")

    def seed(self) -> bytes:
        """The seed of a virtual MFA device."""
        return secrets.token_bytes(_SEED_BYTES)

    def challenge(self) -> bytes:
        """32 random bytes."""
        return secrets.token_bytes(32)

    def sms_code(self) -> str:
        """Six random digits."""
        return f"{secrets.randbelow(10**6):06d}"

    def recovery_code(self) -> str:
        """Sixteen random letters and digits in groups of four, without those that look alike."""
        text = base64.b32encode(secrets.token_bytes(_RECOVERY_CODE_BYTES)).decode("ascii").lower()
        return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
