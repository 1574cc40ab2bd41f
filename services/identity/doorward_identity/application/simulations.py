"""Simulations: policies asked about many actions and resources, in slices that leave the event loop free."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from doorward_directory.effective import PolicyInForce
from doorward_directory.policy_origins import PolicyOrigin
from doorward_kernel.errors import InvalidInput, LimitExceeded
from doorward_kernel.paging import Page, check_max_items, read_marker, write_marker
from doorward_policy import Caller, Layers, PolicyKind, account_of
from doorward_policy.simulation import (
    ANY_RESOURCE,
    ContextEntry,
    EvalDecision,
    MatchedStatement,
    Simulated,
    Simulator,
    SourcePolicy,
    SourceType,
    boundary_inputs,
    combined,
    context_keys,
    known_policy,
    policy_inputs,
    read_context,
    resource_input,
)

SLICE_SECONDS = 0.02
"""How long one simulation works until another may."""

PAGE_SECONDS = 1.0
"""A page that has taken so long ends with the action that is under way."""

PAGE_BYTES = 1024 * 1024
ACTION_BYTES = 1024 * 1024
"""About how large a page gets until it ends, and the results of one action at most: a client takes 4 MiB."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a caller wants to know; `resource_policy` is empty for none, `owner` is the account of resources whose
    ARN names none. Actions, resources and scenario are checked already, the documents and the context are not.

    `guardrails` are the SCPs at each level that has any. `boundary` is the one that the entity has; one that is given
    takes its place (IAM API reference, SimulatePrincipalPolicy).
    """

    stored: Sequence[PolicyOrigin] = ()
    boundary: PolicyOrigin | None = None
    guardrails: Sequence[Sequence[PolicyInForce]] = ()
    policy_input_list: Sequence[str] = ()
    permissions_boundary_policy_input_list: Sequence[str] = ()
    resource_policy: str = ""
    caller: Caller
    owner: str
    context_entries: Sequence[ContextEntry] = ()
    action_names: Sequence[str]
    resource_arns: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What one action comes to on each of the resources; on `*` when none was named."""

    action: str
    results: tuple[Simulated, ...]

    @property
    def decision(self) -> EvalDecision:
        """On all resources together."""
        return combined(self.results)

    @property
    def matched(self) -> tuple[MatchedStatement, ...]:
        """The statements that the decision is due to, each once."""
        decision = self.decision
        several = (each.matched for each in self.results if each.decision is decision)
        return tuple(dict.fromkeys(statement for statements in several for statement in statements))


class Simulations:
    """Runs them in a thread, one slice at a time in this process: what waits takes turns, what is cancelled stops."""

    def __init__(self, *, page_seconds: float = PAGE_SECONDS) -> None:
        self._turn = asyncio.Semaphore(1)
        self._page_seconds = page_seconds

    async def run(self, wanted: Simulation, marker: str, max_items: int) -> Page[ActionResult]:
        """A page of results in the order of the actions. It ends early when it takes long or gets large.

        Raises InvalidInput; LimitExceeded when the results of one action are larger than ACTION_BYTES.
        """
        limit = check_max_items(max_items)
        first = _read_place(marker, len(wanted.action_names))
        simulator = await self._slice(lambda: _simulator(wanted))
        found = list[ActionResult]()
        size, end = 0, time.monotonic() + self._page_seconds
        actions = wanted.action_names[first : first + limit]
        async with aclosing(self._results(simulator, wanted, actions)) as results:
            async for result in results:
                found.append(result)
                size += sum(map(_size, result.results)) + _size_of(result.matched)
                if size > PAGE_BYTES or time.monotonic() > end:
                    break
        after = first + len(found)
        return Page(found, write_marker(str(after)) if after < len(wanted.action_names) else "")

    async def context_keys(self, stored: Sequence[PolicyOrigin], documents: Sequence[str]) -> tuple[str, ...]:
        """The keys that stored policies and documents name. Raises InvalidInput."""

        def keys() -> tuple[str, ...]:
            return context_keys(source.policy for source in (*_known(stored), *policy_inputs(documents)))

        return await self._slice(keys)

    async def _results(
        self, simulator: Simulator, wanted: Simulation, actions: Sequence[str]
    ) -> AsyncGenerator[ActionResult, None]:
        resources = [(each, _account(each, wanted)) for each in wanted.resource_arns or [ANY_RESOURCE]]
        for action in actions:
            rest = iter([(action, resource, account) for resource, account in resources])
            done, size = list[Simulated](), 0
            while len(done) < len(resources):
                part = await self._slice(lambda rest=rest: _some(simulator, rest))  # type: ignore[misc]
                done += part
                size += sum(map(_size, part))
                if size > ACTION_BYTES:
                    raise LimitExceeded(
                        f"the results of `{action}` are larger than {ACTION_BYTES} bytes: "
                        "simulate fewer resources or policies at once"
                    )
            yield ActionResult(action=action, results=tuple(done))

    async def _slice(self, work: Callable[[], _T]) -> _T:
        """Whoever is cancelled keeps the turn until the thread is free: no more than one works at a time."""
        async with self._turn:
            working = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                await asyncio.wait([working])
                if not working.cancelled():
                    working.exception()  # seen: nobody waits for it any more
                raise


def _simulator(wanted: Simulation) -> Simulator:
    boundary = boundary_inputs(wanted.permissions_boundary_policy_input_list)
    if not boundary and wanted.boundary is not None:
        boundary = _known([wanted.boundary])
    layers = Layers[Sequence[SourcePolicy]](
        identity=[*_known(wanted.stored), *policy_inputs(wanted.policy_input_list)],
        boundary=boundary or None,
        resource=[resource_input(wanted.resource_policy)] if wanted.resource_policy else None,
        scp=tuple([_guardrail(each) for each in level] for level in wanted.guardrails),
    )
    return Simulator(layers, wanted.caller, read_context(wanted.context_entries))


def _known(stored: Sequence[PolicyOrigin]) -> list[SourcePolicy]:
    return [known_policy(each.name, each.type, each.document) for each in stored]


def _guardrail(policy: PolicyInForce) -> SourcePolicy:
    return known_policy(policy.name.rpartition("/")[2], SourceType.NONE, policy.document, PolicyKind.SCP)


def _account(resource: str, wanted: Simulation) -> str:
    return account_of(resource) or wanted.owner


def _some(simulator: Simulator, rest: Iterator[tuple[str, str, str]]) -> list[Simulated]:
    """As many as one slice has time for, and at least one."""
    end = time.monotonic() + SLICE_SECONDS
    done = list[Simulated]()
    for action, resource, account in rest:
        simulator.check_resource(resource)
        done.append(simulator.simulate(action, resource, account))
        if time.monotonic() > end:
            break
    return done


def _size(result: Simulated) -> int:
    """About how many bytes the result on a resource takes in an answer."""
    missing = sum(len(key.encode()) + 4 for key in result.missing_context_values)
    return 64 + len(result.resource.encode()) + _size_of(result.matched) + missing + (256 if result.details else 0)


def _size_of(statements: Sequence[MatchedStatement]) -> int:
    return sum(len(each.source_policy_id) + 48 for each in statements)


def _read_place(marker: str, count: int) -> int:
    """How many actions the pages before had. Raises InvalidInput."""
    text = read_marker(marker)
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not 0 < int(text) < count:
        raise InvalidInput("`marker` is not one that a page of this simulation returned")
    return int(text)
