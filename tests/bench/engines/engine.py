"""What an engine is to the benchmark."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.bench.engines.worlds import Asked, World


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engine with a world in memory: `ask` makes a request in its own form, unmeasured, and `check` decides."""

    ask: Callable[[Asked], Any]
    check: Callable[[Any], bool]


class Engine(Protocol):
    """An engine's adapter."""

    name: str
    packages: tuple[str, ...]
    """Those whose versions are worth telling."""
    shapes: frozenset[str]

    def write(self, world: World) -> Any:
        """The world in the engine's own language; not measured."""

    def load(self, written: Any) -> Loaded:
        """Read that, and prepare whatever can be prepared; measured."""


def fresh(text: str) -> str:
    """The same text as if it had just arrived: nobody knows its hash, no table holds this very object."""
    return text.encode().decode()
