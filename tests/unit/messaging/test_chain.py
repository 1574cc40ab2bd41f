"""The chain takes only what follows, and gives out only whole commits."""

from collections.abc import Sequence
from dataclasses import replace

from doorward_kernel.ids import AccountId
from doorward_kernel.record import GENESIS, Head, Record, digest_after
from doorward_messaging.chain import Chain, Outcome


def records(commits: Sequence[int]) -> list[Record]:
    """Chained records in commits of these sizes."""
    made: list[Record] = []
    for size in commits:
        for n in range(size):
            record = Record(
                position=len(made) + 1,
                account=AccountId("123456789012"),
                version=len(made) + 1,
                type="UserCreated",
                schema_version=1,
                payload=b"{}",
                metadata=b"{}",
                recorded_at=0,
                commit_last=n == size - 1,
                digest=b"",
            )
            made.append(replace(record, digest=digest_after(made[-1].digest if made else GENESIS, record)))
    return made


def a_chain() -> tuple[Chain, list[tuple[Record, ...]]]:
    commits: list[tuple[Record, ...]] = []
    return Chain(Head("0a1b2c3d", 0, GENESIS), lambda commit: commits.append(tuple(commit))), commits


def test_commits_come_out_whole() -> None:
    chain, commits = a_chain()
    given = records([1, 3, 2])

    outcomes = [chain.offer(record) for record in given[:-1]]

    assert outcomes == [Outcome.TAKEN] * 5
    assert commits == [tuple(given[:1]), tuple(given[1:4])]
    assert chain.applied == Head("0a1b2c3d", 4, given[3].digest)
    assert chain.received == Head("0a1b2c3d", 5, given[4].digest)


def test_the_position_moves_after_the_commit_was_handed_over() -> None:
    seen: list[int] = []
    chain = Chain(Head("0a1b2c3d", 0, GENESIS), lambda _: seen.append(chain.applied.position))

    for record in records([2, 1]):
        chain.offer(record)

    assert seen == [0, 2]


def test_what_is_held_already_is_known_and_changes_nothing() -> None:
    chain, commits = a_chain()
    given = records([1, 1])
    for record in given:
        chain.offer(record)

    assert [chain.offer(record) for record in given] == [Outcome.KNOWN, Outcome.KNOWN]
    assert len(commits) == 2


def test_a_gap_is_not_skipped() -> None:
    chain, commits = a_chain()
    given = records([1, 1, 1])

    assert chain.offer(given[1]) is Outcome.GAP
    assert commits == []
    assert [chain.offer(record) for record in given] == [Outcome.TAKEN] * 3


def test_an_altered_record_is_not_taken() -> None:
    chain, commits = a_chain()
    first, second = records([1, 1])
    chain.offer(first)

    assert chain.offer(replace(second, payload=b'{"admin":true}')) is Outcome.ALTERED
    assert chain.offer(replace(second, commit_last=False)) is Outcome.ALTERED
    assert len(commits) == 1
    assert chain.offer(second) is Outcome.TAKEN


def test_another_record_at_the_place_reached_is_noticed() -> None:
    chain, _ = a_chain()
    [first] = records([1])
    chain.offer(first)

    assert chain.offer(replace(first, digest=bytes(32))) is Outcome.ALTERED


def test_starting_anew_forgets_an_incomplete_commit() -> None:
    chain, commits = a_chain()
    given = records([2, 1])
    chain.offer(given[0])

    chain.restart(Head("ffffffff", 2, given[1].digest))
    chain.offer(given[2])

    assert commits == [(given[2],)]
    assert chain.applied == Head("ffffffff", 3, given[2].digest)
