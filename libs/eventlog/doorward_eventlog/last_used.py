"""The port: when something was last used, beside the log, for it is no event and would outnumber all events.

At most one use in INTERVAL is written of each (IAM user guide, "Refine permissions using last accessed information").
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorward_kernel.ids import AccountId, UniqueId

INTERVAL = 15 * 60 * 1_000_000
"""Microseconds: a use that is less later than the recorded one is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastUsed:
    """A use of whatever has a unique id; `used_at` in microseconds since 1970, UTC."""

    account: AccountId
    unique_id: UniqueId
    used_at: int
    service: str
    region: str

    @property
    def key(self) -> tuple[str, str]:
        """Whose use it is; uses are written in this order, so that two writers never wait for each other."""
        return self.account, self.unique_id


class LastUses(Protocol):
    """Where last uses are kept. Both methods raise Unavailable when the database does not answer."""

    async def record_uses(self, uses: Sequence[LastUsed]) -> int:
        """Keep those that are INTERVAL later than what is kept, or the first; how many these are.

        Never moves backward, also when several processes record.
        """

    async def last_used(self, account: AccountId, unique_ids: Collection[UniqueId]) -> Mapping[UniqueId, LastUsed]:
        """The last recorded use of each that has one."""


def is_worth_writing(use: LastUsed, kept: LastUsed | None) -> bool:
    """Whether it is late enough after the one that is kept."""
    return kept is None or use.used_at - kept.used_at >= INTERVAL
