"""The worlds that engines are measured in: the same ones each time, and what Doorward answers in them is right."""

import pytest

from tests.bench.engines.doorward import Doorward, scan
from tests.bench.engines.iam import make_iam
from tests.bench.engines.measure import SHAPES
from tests.bench.engines.rbac import make_rbac
from tests.bench.engines.worlds import documents

SIZE = 50
REQUESTS = 300


@pytest.mark.parametrize("shape", SHAPES)
def test_a_world_is_the_same_each_time(shape: str) -> None:
    world, again = (SHAPES[shape](SIZE, REQUESTS) for _ in range(2))

    assert world == again
    assert len(world.statements) == SIZE
    assert list(documents(world.statements)) == list(documents(again.statements))


@pytest.mark.parametrize("shape", SHAPES)
def test_no_question_is_asked_twice(shape: str) -> None:
    world = SHAPES[shape](SIZE, REQUESTS)

    assert len({(asked.user, asked.action, asked.resource) for asked in world.requests}) == REQUESTS


@pytest.mark.parametrize("shape", SHAPES)
def test_programs_answer_as_the_full_scan_does(shape: str) -> None:
    world = SHAPES[shape](SIZE, REQUESTS)
    written = Doorward().write(world)
    loaded = Doorward().load(written)

    answers = [loaded.check(loaded.ask(asked)) for asked in world.requests]

    assert answers == [scan(written, asked) for asked in world.requests]
    assert 0.5 < sum(answers) / REQUESTS < 0.7


def test_worlds_of_both_shapes_deny_a_tenth() -> None:
    for world in (make_rbac(1_000, 10), make_iam(1_000, 10)):
        assert 0.08 < sum(each.denies for each in world.statements) / 1_000 < 0.12


def test_a_fifth_of_the_statements_of_iam_have_conditions() -> None:
    world = make_iam(1_000, 10)

    assert 0.18 < sum(bool(each.conditions) for each in world.statements) / 1_000 < 0.22
