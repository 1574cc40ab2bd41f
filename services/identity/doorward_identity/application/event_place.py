"""How much of a list of events is left."""

from dataclasses import dataclass, replace
from typing import Self

from doorward_kernel.errors import InvalidInput
from doorward_kernel.paging import NOT_A_MARKER

from doorward_identity.application.bound_markers import is_version, read_bound_marker, write_bound_marker

MOST_IDS = 50
"""Things that may have had one name, one after the other; their ids travel in the marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is left of a list: the events of the versions `first` to `last`, both included.

    `ids` is what they must be about. As long as it is not known whose ids these are, because only a name is, the
    versions after `named` up to `newest` are still to be searched for the name; then `named` is None. Also what got
    the name after the list's last event had it.
    """

    first: int
    last: int
    newest: int
    named: int | None
    ids: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        return self.first > self.last

    def behind(self, version: int, *, newest_first: bool) -> Self:
        """The place when the event of that version, which is at the list's beginning, was looked at."""
        return replace(self, last=version - 1) if newest_first else replace(self, first=version + 1)


def write_place(place: Place, epoch: str, question: str) -> str:
    """The marker of a place in the list that answers `question`."""
    return write_bound_marker(epoch, question, place.first, place.last, place.newest, place.named, place.ids)


def read_place(marker: str, epoch: str, question: str) -> Place:
    """The place that a marker stands for. Raises InvalidInput when it is none, or one of another list or epoch."""
    match read_bound_marker(marker, epoch, question):
        case [int(first), int(last), int(newest), int() | None as named, list(ids)] if (
            is_version(first)
            and is_version(last)
            and is_version(newest)
            and (named is None or (is_version(named) and named <= newest))
            and len(ids) <= MOST_IDS
            and all(isinstance(each, str) for each in ids)
        ):
            return Place(first=max(1, first), last=last, newest=newest, named=named, ids=tuple(ids))
        case _:
            raise InvalidInput(NOT_A_MARKER)
