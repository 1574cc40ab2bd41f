"""The decision by reading every statement: slow, obviously right, and what the index must agree with."""

from collections.abc import Iterable, Sequence

from doorward_policy.actions import Meanings
from doorward_policy.caller import Coverage
from doorward_policy.decision import Decision, Request
from doorward_policy.document import NamedPolicy
from doorward_policy.layers import Layers, Said, ask, judge
from doorward_policy.statement import CompiledPolicy, compile_policy


class Scan:
    """Policies of one kind whose statements are asked one after the other."""

    __slots__ = ("_meanings", "_statements")

    def __init__(self, policies: Iterable[CompiledPolicy]) -> None:
        self._statements = [statement for policy in policies for statement in policy.statements]
        self._meanings = Meanings(statement.actions for statement in self._statements)

    def ask(self, asked: Request, bounded: bool = False) -> Said:
        """What the statements say to the request; `bounded` says that the caller has a permissions boundary."""
        groups = self._meanings.find(asked.action)
        denies, allows, most = [], [], Coverage.NONE
        for statement in self._statements:
            coverage = statement.applies(groups, asked, bounded)
            if coverage is Coverage.NONE:
                continue
            if statement.denies:
                denies.append(statement.ref)
            else:
                allows.append(statement.ref)
                most = max(most, coverage)
        return Said(tuple(denies), tuple(allows), most)


def scan(layers: Layers[Sequence[NamedPolicy]]) -> Layers[Scan]:
    """All policies ready to be read through."""
    return layers.map(lambda policies: Scan(map(compile_policy, policies)))


def evaluate(layers: Layers[Sequence[NamedPolicy]], asked: Request) -> Decision:
    """Decide by all policies that bear on a request."""
    return judge(ask(scan(layers), asked), asked)
