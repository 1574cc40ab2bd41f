"""Day keys: what the signatures of one access key and one day are checked with, remembered in place of the secret."""

from collections import OrderedDict

from doorward_kernel.ids import AccountId
from doorward_keyring.sigv4 import day_key

from doorward_credential.application.access_keys import secret_name
from doorward_credential.application.stored_secrets import StoredSecrets

MOST_PROVEN = 50_000
"""Day keys that made a right signature."""

MOST_UNPROVEN = 1_000
"""Day keys that were asked for, and made none yet."""

_Name = tuple[str, str]


class SigningKeys:
    """Day keys by access key and date.

    A secret is unsealed to derive one, and then let go. Those that made a right signature are kept apart: whoever knows
    but the ids of keys cannot have others' forgotten, and costs no database read for each request either.
    """

    def __init__(self, stored: StoredSecrets, *, proven: int = MOST_PROVEN, unproven: int = MOST_UNPROVEN) -> None:
        self._stored = stored
        self._proven: OrderedDict[_Name, bytes] = OrderedDict()
        self._unproven: OrderedDict[_Name, bytes] = OrderedDict()
        self._most = proven, unproven

    async def find(self, account: AccountId, access_key_id: str, date: str) -> bytes | None:
        """The key of the day `YYYYMMDD`; None when the secret is gone. Raises Unavailable, CannotUnseal, KeyErased.

        Call it for dates at which a signature can be good.
        """
        name = access_key_id, date
        found = self._proven.get(name) or self._unproven.get(name)
        if found is None:
            secret = await self._stored.find(account, secret_name(access_key_id))
            if secret is None:
                return None
            found = day_key(secret, date)
            _keep(self._unproven, name, found, self._most[1])
        return found

    def proven(self, access_key_id: str, date: str, key: bytes) -> None:
        """The key that was found made a right signature."""
        name = access_key_id, date
        self._unproven.pop(name, None)
        _keep(self._proven, name, key, self._most[0])


def _keep(kept: OrderedDict[_Name, bytes], name: _Name, key: bytes, most: int) -> None:
    kept[name] = key
    kept.move_to_end(name)
    if len(kept) > most:
        kept.popitem(last=False)
