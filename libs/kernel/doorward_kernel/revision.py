"""Revisions: one name for a moment of a log, written `identity.<epoch>.<position>`."""

import re
from dataclasses import dataclass
from typing import Self

from doorward_kernel.errors import InvalidInput

_REVISION = re.compile(r"([a-z]{1,32})\.([0-9a-f]{8})\.(0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Revision:
    """The `position` of an event in the log named `log`.

    `epoch` (8 hex digits) changes when a log is restored from a backup, so that a position
    from before is never mistaken for the same number after.
    """

    log: str
    epoch: str
    position: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a revision. Raises InvalidInput when it is not one."""
        match = _REVISION.fullmatch(text)
        if match is None:
            raise InvalidInput(f"`{text[:64]}` is not a revision: expected `log.epoch.position`")
        return cls(match[1], match[2], int(match[3]))

    def __str__(self) -> str:
        return f"{self.log}.{self.epoch}.{self.position}"
