"""A simulation decides as `evaluate` does, cites the same statements where they stand, and tells all that it lacks."""

import json
from collections.abc import Sequence
from typing import Any

from doorward_policy import Caller, Layers, NamedPolicy, PolicyKind, Request, evaluate, parse_policy
from doorward_policy.simulation import Simulator, SourcePolicy, SourceType
from hypothesis import given

from tests.property.drawn import World, examples, layers_of, requests_of
from tests.property.worlds import CONTEXTS, worlds

_WORDS = {"allow": "allowed", "explicit_deny": "explicitDeny", "implicit_deny": "implicitDeny"}


def documents(world: World) -> dict[str, dict[str, Any]]:
    """The documents of a world under the names that `case_layers` gives their policies."""
    case = world[0]
    several = {kind: case.get(kind, []) for kind in ("identity", "boundary", "session")}
    several |= {kind: [each for level in case.get(kind, []) for each in level] for kind in ("scp", "rcp")}
    several["resource"] = [case["resource_policy"]] if "resource_policy" in case else []
    return {f"{kind}.{number}": each for kind, found in several.items() for number, each in enumerate(found)}


def sourced(world: World, layers: Layers[list[NamedPolicy]]) -> Layers[Sequence[SourcePolicy]]:
    texts = documents(world)

    def source(named: NamedPolicy) -> SourcePolicy:
        text = json.dumps(texts[named.name], indent=2, ensure_ascii=False)
        return SourcePolicy(id=named.name, type=SourceType.NONE, text=text, policy=named.policy)

    return layers.map(lambda policies: [source(each) for each in policies])


def with_other_side(layers: Layers[list[NamedPolicy]], who: Caller) -> Layers[list[NamedPolicy]]:
    """The layers, where there is no resource policy with one that leaves it to the caller's account."""
    if layers.resource is not None or not who.account:
        return layers
    allow = {"Effect": "Allow", "Principal": {"AWS": who.account}, "Action": "*", "Resource": "*"}
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": allow}), PolicyKind.RESOURCE)
    named = [NamedPolicy(name="other side", policy=policy)]
    return Layers(layers.identity, layers.boundary, layers.session, named, layers.scp, layers.rcp)


@examples(200)
@given(worlds)
def test_a_simulation_decides_and_cites_as_evaluate(world: World) -> None:
    layers, texts = layers_of(world), documents(world)

    for asked in requests_of(world):
        simulator = Simulator(sourced(world, layers), asked.caller, asked.context)
        found = simulator.simulate(asked.action, asked.resource, asked.resource_account)
        decision = evaluate(with_other_side(layers, asked.caller), asked)

        assert found.decision == _WORDS[decision.effect]
        if layers.resource is not None:
            assert found.decision == _WORDS[evaluate(layers, asked).effect]
        cited = [ref for ref in decision.statements if ref.policy != "other side"]
        assert [each.source_policy_id for each in found.matched] == [ref.policy for ref in cited]
        for matched, ref in zip(found.matched, cited, strict=True):
            statements = texts[ref.policy]["Statement"]
            text = json.dumps(texts[ref.policy], indent=2, ensure_ascii=False)
            lines = text.split("\n")[matched.start.line - 1 : matched.end.line]
            lines[-1] = lines[-1][: matched.end.column - 1]
            lines[0] = lines[0][matched.start.column - 1 :]
            if isinstance(statements, dict):
                statements, lines = [statements], ["{", *lines]
            assert json.loads("\n".join(lines).lstrip(" ,\n")) == statements[ref.index]


@examples(200)
@given(worlds, CONTEXTS)
def test_only_what_is_said_to_be_missing_can_change_the_decision(world: World, more: dict[str, Any]) -> None:
    layers = layers_of(world)

    for asked in requests_of(world):
        found = Simulator(sourced(world, layers), asked.caller, asked.context).simulate(
            asked.action, asked.resource, asked.resource_account
        )
        told = {key.lower() for key in found.missing_context_values}
        assert told.isdisjoint(asked.context)
        lowered = {key.lower(): value if isinstance(value, str) else tuple(value) for key, value in more.items()}
        untold = {key: value for key, value in lowered.items() if key not in told}
        context = {**untold, **asked.context}
        again = Request(asked.caller, asked.action, asked.resource, context, asked.resource_account)

        assert evaluate(layers, again) == evaluate(layers, asked)


def test_the_worlds_have_requests_that_lack_something_and_such_that_do_not() -> None:
    seen = set[bool]()

    @examples(20)
    @given(worlds)
    def draw(world: World) -> None:
        layers = layers_of(world)
        for asked in requests_of(world):
            simulator = Simulator(sourced(world, layers), asked.caller, asked.context)
            seen.add(
                bool(simulator.simulate(asked.action, asked.resource, asked.resource_account).missing_context_values)
            )

    draw()

    assert seen == {True, False}
