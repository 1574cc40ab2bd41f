"""Programs: all policies of one kind that bear on a principal, indexed for the hot path."""

from collections.abc import Iterable, Sequence

from doorward_policy.actions import Groups, Meanings
from doorward_policy.caller import Coverage
from doorward_policy.decision import Decision, Request, decision_of_identity
from doorward_policy.index import Found, ResourceIndex
from doorward_policy.layers import NOTHING, Layers, Said, ask, has_own_rules, judge
from doorward_policy.statement import CompiledPolicy, CompiledStatement

MOST_REMEMBERED = 16_384
"""How much a program remembers of actions: themselves, the groups that mean them, the statements that may apply
wherever; callers name the actions, so there is no end."""

LONGEST_REMEMBERED = 128
"""In characters. Longer actions are decided but not remembered."""

_NONE = Coverage.NONE
_SILENT = decision_of_identity((), ())


class _Known:
    """What a program knows of an action: the groups that mean it, the statements among them that may apply to
    whatever resource, and whether the action has rules of its own."""

    __slots__ = ("anywhere", "groups", "own_rules")

    def __init__(self, groups: Groups, anywhere: Found, *, own_rules: bool) -> None:
        self.groups = groups
        self.anywhere = anywhere
        self.own_rules = own_rules


class Program:
    """Says what a scan of the same policies says, at a cost that grows only with the statements that may apply.

    Made by `compile_program`. Safe to share between threads: what it remembers only saves time.
    """

    __slots__ = ("_index", "_known", "_meanings", "_order", "_weight")

    def __init__(self, statements: Iterable[CompiledStatement]) -> None:
        in_order = list(statements)
        self._order = {id(statement): number for number, statement in enumerate(in_order)}
        self._meanings = Meanings(statement.actions for statement in in_order)
        self._index = ResourceIndex(in_order)
        self._known: dict[str, _Known] = {}
        self._weight = 0

    def ask(self, asked: Request, bounded: bool = False) -> Said:
        """What the statements say to the request; `bounded` says that the caller has a permissions boundary."""
        known = self._known.get(asked.action) or self._learn(asked.action)
        groups = known.groups
        applying, most = [], _NONE
        for statement in known.anywhere + self._index.candidates(asked.resource, groups):
            coverage = statement.applies(groups, asked, bounded)
            if coverage is not _NONE:
                applying.append(statement)
                if coverage is not most and not statement.denies:
                    most = max(most, coverage)
        if not applying:
            return NOTHING
        ordered = applying if len(applying) == 1 else self._in_order(applying)
        return Said(
            tuple([statement.ref for statement in ordered if statement.denies]),
            tuple([statement.ref for statement in ordered if not statement.denies]),
            most,
        )

    def decide_alone(self, asked: Request) -> Decision | None:
        """What the statements decide as identity policies when there are no others; None when they do not decide
        alone about the action, whatever else there is."""
        known = self._known.get(asked.action) or self._learn(asked.action)
        if known.own_rules:
            return None
        groups = known.groups
        alone = None
        for statement in known.anywhere + self._index.candidates(asked.resource, groups):
            if statement.applies(groups, asked, False):
                if alone is not None:
                    said = self.ask(asked)
                    return decision_of_identity(said.denies, said.allows)
                alone = statement
        return _SILENT if alone is None else alone.alone

    def _in_order(self, statements: Iterable[CompiledStatement]) -> list[CompiledStatement]:
        """Each once."""
        by_order = {self._order[id(statement)]: statement for statement in statements}
        return [by_order[number] for number in sorted(by_order)]

    def _learn(self, action: str) -> _Known:
        groups = self._meanings.find(action)
        known = _Known(groups, self._index.anywhere(groups), own_rules=has_own_rules(action))
        if len(action) <= LONGEST_REMEMBERED:
            weight = 1 + len(groups) + len(known.anywhere)
            if self._weight + weight > MOST_REMEMBERED:
                self._known.clear()
                self._weight = 0
            self._weight += weight
            self._known[action] = known
        return known


def compile_program(policies: Sequence[CompiledPolicy]) -> Program:
    """Join compiled policies; their order is the order in which decisions cite statements."""
    return Program(statement for policy in policies for statement in policy.statements)


def decide(layers: Layers[Program], asked: Request) -> Decision:
    """May the caller do it? As `evaluate` says, faster.

    Most callers have nothing but identity policies and stay in their account: these decide alone, without detours.
    """
    caller = asked.caller
    if (
        layers.resource is None
        and layers.boundary is None
        and layers.session is None
        and not layers.scp
        and not layers.rcp
        and caller.ordinary
        and caller.account == asked.resource_account
    ):
        decision = layers.identity.decide_alone(asked)
        if decision is not None:
            return decision
    return judge(ask(layers, asked), asked)
