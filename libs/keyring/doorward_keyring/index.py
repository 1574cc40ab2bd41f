"""Reverse indexes: what a principal has, kept by the fold so that nobody has to search."""

from typing import TypeAlias

from immutables import Map

Index: TypeAlias = Map[str, tuple[str, ...]]
"""Ids in alphabetical order, by the id of their principal; one that has none is absent, so that equal states are
equal."""


def with_entry(index: Index, key: str, entry: str) -> Index:
    """The index with `entry` behind `key`."""
    return index.set(key, tuple(sorted({*index.get(key, ()), entry})))


def without_entry(index: Index, key: str, entry: str) -> Index:
    """The index without `entry` behind `key`. Raises KeyError when nothing is."""
    rest = tuple(each for each in index[key] if each != entry)
    return index.set(key, rest) if rest else index.delete(key)
