"""The library decides as an oracle does that was written apart from it, from the rules alone.

20,000 cases in `make test`, a million in `make soak`.
"""

import json

import pytest
from doorward_policy import decide
from doorward_policy.cases import answer
from hypothesis import given

from tests.policies import programs
from tests.property import oracle
from tests.property.drawn import World, examples, layers_of, requests_of
from tests.property.worlds import worlds

CASES_IN_A_WORLD = 10


@pytest.mark.timeout(7200)
@examples(20_000 // CASES_IN_A_WORLD)
@given(worlds)
def test_line_scan_and_program_decide_as_the_oracle(world: World) -> None:
    indexed = programs(layers_of(world))

    for case, asked in zip(world, requests_of(world), strict=True):
        wanted = oracle.answer(case)
        line = json.loads(answer(json.dumps(case)))

        assert (line["decision"], frozenset(line["allow"]), frozenset(line["deny"])) == (
            wanted.decision,
            wanted.allow,
            wanted.deny,
        )
        assert decide(indexed, asked).effect.value == wanted.decision


def test_a_world_has_as_many_cases_as_are_counted() -> None:
    seen = []

    @examples(5)
    @given(worlds)
    def draw(world: World) -> None:
        seen.append(len(world))

    draw()

    assert set(seen) == {CASES_IN_A_WORLD}
