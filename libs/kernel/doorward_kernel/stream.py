"""An account's stream of records, folded; what the logs have in common."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

from doorward_kernel.event_codec import UndecodableEvent
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record


class ImpossibleEvent(Exception):
    """The event cannot have happened in this state: the log and the code disagree."""


class BrokenStream(Exception):
    """A record is missing, out of turn, of another account, or cannot be decoded or applied."""


class Folded(Protocol):
    """State of one account: a dataclass that knows how many events, up to which position of the log, it comes from."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def account_id(self) -> AccountId: ...
    @property
    def version(self) -> int: ...
    @property
    def position(self) -> int: ...


S = TypeVar("S", bound=Folded)


def fold(state: S | None, records: Iterable[Record], evolve: Callable[[S | None, Record], S]) -> S | None:
    """The state after `records`, which follow its version without a gap; None if there never was an event.

    `evolve` is the state after one more record, whatever its version and position; it raises UndecodableEvent and
    ImpossibleEvent. Raises BrokenStream, naming the position; `state` itself is as it was.
    """
    version, position = (state.version, state.position) if state is not None else (0, 0)
    for record in records:
        if record.version != version + 1:
            raise BrokenStream(
                f"position {record.position}: expected version {version + 1} of account "
                f"`{record.account}`, found {record.version}"
            )
        if record.position <= position:
            raise BrokenStream(f"position {record.position} comes after position {position}")
        try:
            state = evolve(state, record)
        except (UndecodableEvent, ImpossibleEvent) as error:
            raise BrokenStream(f"position {record.position}: {error}") from error
        if record.account != state.account_id:
            raise BrokenStream(
                f"position {record.position} belongs to account `{record.account}`, not to `{state.account_id}`"
            )
        version, position = record.version, record.position
    return replace(state, version=version, position=position) if state is not None else None
