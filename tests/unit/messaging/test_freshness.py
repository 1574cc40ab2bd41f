"""Staleness counts from the last moment at which everything was held."""

from math import inf

from doorward_messaging.freshness import Freshness


def test_nothing_is_fresh_before_a_head_was_heard_of() -> None:
    assert Freshness().staleness(5.0) == inf


def test_holding_the_announced_head_is_fresh() -> None:
    freshness = Freshness()

    freshness.heard(head=3, at=10.0, held=3)

    assert freshness.staleness(12.0) == 2.0


def test_a_head_that_is_reached_later_counts_from_when_it_was_heard_of() -> None:
    freshness = Freshness()
    freshness.heard(head=3, at=10.0, held=3)
    freshness.heard(head=5, at=11.0, held=3)
    freshness.heard(head=9, at=12.0, held=3)
    assert freshness.behind_since() == 11.0

    freshness.reached(6)

    assert freshness.staleness(13.0) == 2.0
    assert freshness.behind_since() == 12.0


def test_a_false_head_is_forgotten_when_the_owner_is_asked() -> None:
    freshness = Freshness()
    freshness.heard(head=1_000_000, at=10.0, held=3)

    freshness.asked(head=3, at=11.0, held=3)

    assert freshness.behind_since() == inf
    assert freshness.staleness(11.0) == 0.0


def test_a_head_heard_of_while_the_owner_was_asked_still_counts() -> None:
    freshness = Freshness()
    freshness.heard(head=5, at=11.5, held=3)

    freshness.asked(head=3, at=11.0, held=3)

    assert freshness.behind_since() == 11.5


def test_another_log_makes_everything_stale() -> None:
    freshness = Freshness()
    freshness.heard(head=3, at=10.0, held=3)

    freshness.forget()

    assert freshness.staleness(10.0) == inf
