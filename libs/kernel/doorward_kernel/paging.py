"""Pages of sorted lists: `max_items` at a time, from an opaque marker on, as AWS's list operations do."""

import base64
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from doorward_kernel.errors import InvalidInput

DEFAULT_ITEMS = 100
MOST_ITEMS = 1000
NOT_A_MARKER = "`marker` is not one that a page returned"
_MOST_MARKER = 512

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """Some items in order; `marker` is empty on the last page."""

    items: list[_Item]
    marker: str


def page(items: Iterable[_Item], key: Callable[[_Item], str], marker: str, max_items: int) -> Page[_Item]:
    """The `max_items` smallest of `items` whose key is greater than the marker's. Keys are unique.

    Raises InvalidInput for a marker that no page returned, and for `max_items` out of 1 to 1000.
    """
    limit = check_max_items(max_items)
    after = read_marker(marker)
    rest = items if not marker else (item for item in items if key(item) > after)
    found = heapq.nsmallest(limit + 1, rest, key=key)
    return Page(found[:limit], write_marker(key(found[limit - 1])) if len(found) > limit else "")


def check_max_items(max_items: int) -> int:
    """The number of items of a page; 0 stands for absent. Raises InvalidInput."""
    if not 0 <= max_items <= MOST_ITEMS:
        raise InvalidInput(f"`maxItems` is {max_items}: expected 1 to {MOST_ITEMS}")
    return max_items or DEFAULT_ITEMS


def write_marker(key: str) -> str:
    """The marker behind which a list goes on after `key`."""
    return base64.urlsafe_b64encode(b"1" + key.encode()).decode().rstrip("=")


def read_marker(marker: str, most: int = _MOST_MARKER) -> str:
    """The key that a marker of at most `most` characters stands for; the empty one stands before everything.

    Raises InvalidInput.
    """
    if not marker:
        return ""
    try:
        if len(marker) > most:
            raise ValueError
        raw = base64.b64decode(marker + "=" * (-len(marker) % 4), altchars=b"-_", validate=True)
        if raw[:1] != b"1":
            raise ValueError
        return raw[1:].decode()
    except ValueError:
        raise InvalidInput(NOT_A_MARKER) from None
