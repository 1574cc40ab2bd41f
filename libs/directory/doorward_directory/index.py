"""Reverse indexes: which ids stand behind an id, kept by the fold so that nobody has to search."""

from typing import TypeAlias

from doorward_kernel.ids import UniqueId
from immutables import Map

IdSet: TypeAlias = Map[UniqueId, None]
"""A persistent set of ids: a map without values."""

Index: TypeAlias = Map[UniqueId, IdSet]
"""A set of ids for each id that has any; an id without any is absent, so that equal states are equal."""

NO_IDS: IdSet = Map()


def with_entry(index: Index, key: UniqueId, entry: UniqueId) -> Index:
    """The index with `entry` behind `key`."""
    return index.set(key, index.get(key, NO_IDS).set(entry, None))


def without_entry(index: Index, key: UniqueId, entry: UniqueId) -> Index:
    """The index without `entry` behind `key`. Raises KeyError when it is not there."""
    rest = index[key].delete(entry)
    return index.set(key, rest) if rest else index.delete(key)


def moved_entry(index: Index, entry: UniqueId, before: UniqueId | None, after: UniqueId | None) -> Index:
    """The index with `entry` no longer behind `before` but behind `after`; None stands for nowhere."""
    if before is not None:
        index = without_entry(index, before, entry)
    return index if after is None else with_entry(index, after, entry)
