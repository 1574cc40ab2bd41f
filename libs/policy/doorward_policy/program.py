"""Programs: all policies of one kind that bear on a principal, indexed for the hot path."""

from collections.abc import Iterable, Sequence

from doorward_policy.actions import Meanings
from doorward_policy.caller import Coverage
from doorward_policy.decision import Decision, Request, decision_of_identity
from doorward_policy.index import ResourceIndex
from doorward_policy.layers import NOTHING, Layers, Said, ask, judge
from doorward_policy.statement import CompiledPolicy, CompiledStatement

_SILENT = decision_of_identity((), ())


class Program:
    """Says what a scan of the same policies says, at a cost that grows only with the statements that may apply.

    Made by `compile_program`. Safe to share between threads: what it remembers only saves time.
    """

    __slots__ = ("_index", "_meanings", "_order", "_remembered")

    def __init__(self, statements: Iterable[CompiledStatement]) -> None:
        in_order = list(statements)
        self._order = {id(statement): number for number, statement in enumerate(in_order)}
        self._meanings = Meanings(statement.actions for statement in in_order)
        self._remembered = self._meanings.remembered
        self._index = ResourceIndex(in_order)

    def ask(self, asked: Request, bounded: bool = False) -> Said:
        """What the statements say to the request; `bounded` says that the caller has a permissions boundary."""
        meaning = self._remembered.get(asked.action) or self._meanings.find(asked.action)
        candidates = self._index.candidates(asked.resource, meaning.groups)
        if not candidates:
            return NOTHING
        return self._said(
            [
                (statement, coverage)
                for statement in candidates
                if (coverage := statement.applies(meaning, asked, bounded))
            ]
        )

    def decide_alone(self, asked: Request) -> Decision | None:
        """What the statements decide as identity policies when there are no others; None when they do not decide
        alone about the action, whatever else there is."""
        meaning = self._remembered.get(asked.action) or self._meanings.find(asked.action)
        if meaning.own_rules:
            return None
        candidates = self._index.candidates(asked.resource, meaning.groups)
        if not candidates:
            return _SILENT
        applying = [statement for statement in candidates if statement.applies(meaning, asked, False)]
        if not applying:
            return _SILENT
        if len(applying) == 1:
            return applying[0].alone
        denying, allowing, _ = self._said([(statement, Coverage.DIRECT) for statement in applying])
        return decision_of_identity(denying, allowing)

    def _said(self, applying: list[tuple[CompiledStatement, Coverage]]) -> Said:
        """The statements that apply, each once, in order."""
        by_order = {self._order[id(statement)]: (statement, coverage) for statement, coverage in applying}
        ordered = [by_order[number] for number in sorted(by_order)]
        return Said(
            tuple(statement.ref for statement, _ in ordered if statement.denies),
            tuple(statement.ref for statement, _ in ordered if not statement.denies),
            max((coverage for statement, coverage in ordered if not statement.denies), default=Coverage.NONE),
        )


def compile_program(policies: Sequence[CompiledPolicy]) -> Program:
    """Join compiled policies; their order is the order in which decisions cite statements."""
    return Program(statement for policy in policies for statement in policy.statements)


def decide(layers: Layers[Program], asked: Request) -> Decision:
    """May the caller do it? As `evaluate` says, faster.

    Most callers have nothing but identity policies and stay in their account: these decide alone, without detours.
    """
    identity, boundary, session, resource, scp, rcp = layers
    caller = asked.caller
    if (
        resource is None
        and boundary is None
        and session is None
        and not scp
        and not rcp
        and caller.ordinary
        and caller.account == asked.resource_account
    ):
        decision = identity.decide_alone(asked)
        if decision is not None:
            return decision
    return judge(ask(layers, asked), asked)
