"""How often something was tried lately, in this process: codes have few digits."""

from doorward_kernel.errors import Throttling

_MOST_NAMES = 10_000


class Tries:
    """At most `most` tries under one name within so many seconds. Those that were right do not count."""

    def __init__(self, most: int, seconds: int) -> None:
        self._most = most
        self._seconds = seconds
        self._tried: dict[str, list[int]] = {}

    def are_over(self, name: str, now: int) -> bool:
        """Whether `check` would raise. `now` in seconds of any one clock."""
        return len(self._lately(name, now)) >= self._most

    def check(self, name: str, now: int) -> None:
        """Counts a try, before it is known whether it is right. Raises Throttling when there were too many."""
        tried = self._lately(name, now)
        if len(tried) >= self._most:
            raise Throttling(f"too many codes were tried: wait {tried[0] + self._seconds - now} s")
        self._tried.pop(name, None)
        self._tried[name] = [*tried, now]
        if len(self._tried) > _MOST_NAMES:
            del self._tried[next(iter(self._tried))]

    def forgive(self, name: str, now: int) -> None:
        """The try that was counted then was right."""
        tried = self._tried.get(name, [])
        if now in tried:
            tried.remove(now)

    def _lately(self, name: str, now: int) -> list[int]:
        return [at for at in self._tried.get(name, ()) if at > now - self._seconds]
