"""How fresh answers are: what the followed logs have reached, and what a check may wait for."""

import asyncio
from dataclasses import dataclass

from doorward_kernel.errors import InvalidInput, RevisionNotReached, Unavailable
from doorward_kernel.revision import Revision
from doorward_messaging import RecordSource

from doorward_decision.application.ports import CountingProgress

WAIT_SECONDS = 2.0
"""How long a check waits for a revision, when its deadline leaves that long."""


@dataclass(frozen=True, slots=True)
class FollowedLog:
    """A log by its name, how far this replica follows it, and its owner."""

    name: str
    progress: CountingProgress
    owner: RecordSource

    def too_stale(self, staleness: float, most: float) -> Unavailable:
        """When so many seconds are more than are allowed."""
        behind = f"is {staleness:.1f} s behind" if self.progress.epoch else "did not reach its log yet"
        return Unavailable(f"this replica {behind}; {most:g} s are allowed")

    def reached(self, revision: Revision) -> bool:
        return revision.epoch == self.progress.epoch and revision.position <= self.progress.position

    async def end(self) -> Revision:
        """Where the log ends now. Raises Unavailable."""
        head = await self.owner.head()
        return Revision(self.name, head.epoch, head.position)


class FollowedLogs:
    """All logs that this replica follows."""

    def __init__(self, *logs: FollowedLog) -> None:
        self._logs = {log.name: log for log in logs}

    def check(self, revisions: tuple[Revision, ...]) -> None:
        """Raises InvalidInput when one is of another log."""
        for revision in revisions:
            if revision.log not in self._logs:
                expected = " or ".join(f"`{name}`" for name in self._logs)
                raise InvalidInput(f"`{revision}` names a log that decisions do not depend on: expected {expected}")

    def reached(self, revisions: tuple[Revision, ...]) -> bool:
        """Whether all are applied. Raises InvalidInput when one is of another log."""
        self.check(revisions)
        return all(self._logs[revision.log].reached(revision) for revision in revisions)

    async def reach(self, revisions: tuple[Revision, ...]) -> None:
        """Wait until all are applied. Raises RevisionNotReached."""
        named: dict[str, list[Revision]] = {}
        for revision in revisions:
            named.setdefault(revision.log, []).append(revision)
        await asyncio.gather(*(self._reach(self._logs[name], several) for name, several in named.items()))

    async def _reach(self, log: FollowedLog, revisions: list[Revision]) -> None:
        progress = log.progress
        if all(progress.epoch in (revision.epoch, "") for revision in revisions):
            await progress.wait_for(max(each.position for each in revisions), WAIT_SECONDS)
        if not all(map(log.reached, revisions)):
            wanted = ", ".join(map(str, revisions))
            here = Revision(log.name, progress.epoch, progress.position)
            raise RevisionNotReached(f"this replica is at `{here}` and did not reach `{wanted}` in time: try again")
