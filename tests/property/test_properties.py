"""What holds of every world: one sentence, one test.

| property | test |
| --- | --- |
| Adding a Deny never turns a refusal into an allow. | `test_adding_a_deny_never_allows` |
| Removing an Allow never allows. | `test_removing_an_allow_never_allows` |
| The order of statements and policies is irrelevant. | `test_order_is_irrelevant` |
| The index decides and cites as the full scan. | `test_the_index_is_the_full_scan` |
| A printed policy parses to the same policy. | `test_a_printed_policy_parses_to_itself` |
| A stored policy loads as the same policy. | `test_a_stored_policy_loads_as_itself` |
| The statements that a decision cites decide alone as it did. | `test_what_is_cited_decides_alone` |
| An explanation decides as the scan and names a reason for each denial. | `test_an_explanation_explains_the_decision` |
| A glob matches by its definition. | `test_patterns_equal_reference.py` |
"""

import random
from collections.abc import Callable
from dataclasses import replace

from doorward_policy import (
    Effect,
    Layers,
    NamedPolicy,
    Policy,
    PolicyKind,
    Statement,
    access_denied_message,
    compile_policy,
    decide,
    dump_policy,
    evaluate,
    explain,
    load_policy,
    parse_policy,
    print_policy,
)
from doorward_policy.explain import only_cited
from hypothesis import given
from hypothesis import strategies as st

from tests.policies import programs
from tests.property.drawn import World, examples, layers_of, requests_of
from tests.property.worlds import worlds

WORLDS = 200
All = Layers[list[NamedPolicy]]


def policies_of(layers: All) -> list[NamedPolicy]:
    several = [layers.identity, layers.boundary, layers.session, layers.resource, *layers.scp, *layers.rcp]
    return [policy for each in several if each for policy in each]


def changed(layers: All, change: Callable[[tuple[Statement, ...]], tuple[Statement, ...]]) -> All:
    """The same policies with other statements."""
    return layers.map(lambda policies: [_with(policy, change(policy.policy.statements)) for policy in policies])


def _with(named: NamedPolicy, statements: tuple[Statement, ...]) -> NamedPolicy:
    return replace(named, policy=Policy(version=named.policy.version, id=None, statements=statements))


@examples(WORLDS)
@given(worlds, st.randoms(use_true_random=False))
def test_adding_a_deny_never_allows(world: World, chance: random.Random) -> None:
    layers = layers_of(world)

    def add(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        if chance.random() < 0.5 or not statements:
            return statements
        return (*statements, replace(chance.choice(statements), effect="Deny"))

    more = changed(layers, add)

    for asked in requests_of(world):
        if evaluate(layers, asked).effect is not Effect.ALLOW:
            assert evaluate(more, asked).effect is not Effect.ALLOW


@examples(WORLDS)
@given(worlds, st.randoms(use_true_random=False))
def test_removing_an_allow_never_allows(world: World, chance: random.Random) -> None:
    layers = layers_of(world)
    fewer = changed(
        layers,
        lambda statements: tuple(each for each in statements if each.effect == "Deny" or chance.random() < 0.7),
    )

    for asked in requests_of(world):
        if evaluate(layers, asked).effect is not Effect.ALLOW:
            assert evaluate(fewer, asked).effect is not Effect.ALLOW


@examples(WORLDS)
@given(worlds, st.randoms(use_true_random=False))
def test_order_is_irrelevant(world: World, chance: random.Random) -> None:
    layers = layers_of(world)
    shuffled = changed(layers, lambda statements: tuple(chance.sample(statements, len(statements))))
    shuffled = shuffled.map(lambda policies: chance.sample(policies, len(policies)))

    for asked in requests_of(world):
        one, other = evaluate(layers, asked), evaluate(shuffled, asked)

        assert (one.effect, one.due_to, len(one.statements)) == (other.effect, other.due_to, len(other.statements))
        assert {ref.policy for ref in one.statements} == {ref.policy for ref in other.statements}


@examples(WORLDS)
@given(worlds)
def test_the_index_is_the_full_scan(world: World) -> None:
    layers = layers_of(world)
    indexed = programs(layers)

    for asked in requests_of(world):
        assert decide(indexed, asked) == evaluate(layers, asked)


@examples(WORLDS)
@given(worlds)
def test_a_printed_policy_parses_to_itself(world: World) -> None:
    for named in policies_of(layers_of(world)):
        kind = PolicyKind(named.name.partition(".")[0])

        assert parse_policy(print_policy(named.policy), kind, accept_2008=True) == named.policy


@examples(WORLDS)
@given(worlds)
def test_a_stored_policy_loads_as_itself(world: World) -> None:
    for named in policies_of(layers_of(world)):
        versioned = replace(named, version="v3")

        assert load_policy(dump_policy(compile_policy(versioned))).named == versioned


@examples(WORLDS)
@given(worlds)
def test_what_is_cited_decides_alone(world: World) -> None:
    layers = layers_of(world)

    for asked in requests_of(world):
        decision = evaluate(layers, asked)
        alone = evaluate(only_cited(layers, decision), asked)

        assert (alone.effect, len(alone.statements)) == (decision.effect, len(decision.statements))


@examples(WORLDS)
@given(worlds)
def test_an_explanation_explains_the_decision(world: World) -> None:
    layers = layers_of(world)

    for asked in requests_of(world):
        decision = evaluate(layers, asked)
        explanation = explain(layers, asked)

        assert explanation.decision == decision
        if decision.effect is Effect.ALLOW:
            assert (explanation.message, explanation.nearest) == (None, ())
        else:
            assert explanation.message == access_denied_message(asked, decision)
            assert all(miss.failures for miss in explanation.nearest)
        if decision.effect is Effect.EXPLICIT_DENY:
            said = {ref for layer in explanation.layers for ref in layer.denies}
            assert said == set(decision.statements)
