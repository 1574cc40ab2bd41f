"""Simulations: what the policies of a user, group or role, or policies given as text, would decide."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from doorward.identity.v1 import simulation_pb2 as pb
from doorward_directory.account import Account
from doorward_directory.effective import PolicyInForce
from doorward_directory.groups import Group
from doorward_directory.organization.policies import SERVICE_CONTROL_POLICY, guardrails_of
from doorward_directory.policy_origins import PolicySource, policy_source
from doorward_directory.roles import Role, role_arn
from doorward_directory.users import User, user_arn, user_by_arn
from doorward_kernel.arn import iam_arn
from doorward_kernel.errors import InvalidInput, NoSuchEntity
from doorward_kernel.ids import AccountId, account_id
from doorward_kernel.paging import Page
from doorward_policy import Caller, CallerKind, caller
from doorward_policy.simulation import (
    ANY_RESOURCE,
    ContextEntry,
    MatchedStatement,
    Position,
    Simulated,
    check_actions,
    check_arn,
    check_resources,
)

from doorward_identity.api.method import Methods
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.credentials import Credentials
from doorward_identity.application.last_used import UsesOfEntities
from doorward_identity.application.minting import Mint
from doorward_identity.application.root_users import RootUsers
from doorward_identity.application.simulations import ActionResult, Simulation, Simulations

_Request: TypeAlias = pb.SimulatePrincipalPolicyRequest | pb.SimulateCustomPolicyRequest

_NOBODY = "simulated"
"""The name of the user who asks when none is named: then no policy that is simulated names principals."""


class SimulationMethods(Methods):
    def __init__(
        self, accounts: Accounts, mint: Mint, uses: UsesOfEntities, root_users: RootUsers, credentials: Credentials
    ) -> None:
        super().__init__(accounts, mint, uses, root_users, credentials)
        self._simulations = Simulations()

    async def SimulatePrincipalPolicy(
        self, request: pb.SimulatePrincipalPolicyRequest, _context: object
    ) -> pb.SimulatePrincipalPolicyResponse:
        account = await self._account()
        simulated = _simulation(request, account, _source(account, request.policy_source_arn))
        bounded = replace(simulated, guardrails=await self._guardrails(account.account_id))
        page = await self._simulations.run(bounded, request.marker, request.max_items)
        return pb.SimulatePrincipalPolicyResponse(
            evaluation_results=await _results(page, request.resource_arns),
            is_truncated=bool(page.marker),
            marker=page.marker,
        )

    async def SimulateCustomPolicy(
        self, request: pb.SimulateCustomPolicyRequest, _context: object
    ) -> pb.SimulateCustomPolicyResponse:
        _some_policies(request.policy_input_list)
        simulated = _simulation(request, await self._account(), None)
        page = await self._simulations.run(simulated, request.marker, request.max_items)
        return pb.SimulateCustomPolicyResponse(
            evaluation_results=await _results(page, request.resource_arns),
            is_truncated=bool(page.marker),
            marker=page.marker,
        )

    async def GetContextKeysForPrincipalPolicy(
        self, request: pb.GetContextKeysForPrincipalPolicyRequest, _context: object
    ) -> pb.GetContextKeysForPrincipalPolicyResponse:
        source = _source(await self._account(), request.policy_source_arn)
        keys = await self._simulations.context_keys(source.policies, request.policy_input_list)
        return pb.GetContextKeysForPrincipalPolicyResponse(context_key_names=keys)

    async def GetContextKeysForCustomPolicy(
        self, request: pb.GetContextKeysForCustomPolicyRequest, _context: object
    ) -> pb.GetContextKeysForCustomPolicyResponse:
        _some_policies(request.policy_input_list)
        keys = await self._simulations.context_keys((), request.policy_input_list)
        return pb.GetContextKeysForCustomPolicyResponse(context_key_names=keys)

    async def _guardrails(self, account_id: AccountId) -> tuple[tuple[PolicyInForce, ...], ...]:
        organization = await self._organizations.find()
        return () if organization is None else guardrails_of(organization, account_id, SERVICE_CONTROL_POLICY)


# --- from messages ---


def _source(account: Account, arn: str) -> PolicySource:
    check_arn(arn, "policySourceArn")
    return policy_source(account, arn)


def _some_policies(documents: Sequence[str]) -> None:
    if not documents:
        raise InvalidInput("`policyInputList` is empty: give at least one policy")


def _simulation(request: _Request, account: Account, source: PolicySource | None) -> Simulation:
    """Raises InvalidInput that names the argument."""
    check_actions(request.action_names)
    check_resources(request.resource_arns, request.resource_handling_option)
    entity = source.entity if source else None
    if request.resource_policy and not (request.caller_arn or isinstance(entity, User)):
        raise InvalidInput("`callerArn` is missing: a `resourcePolicy` is judged by which user asks")
    who = _caller(account, request.caller_arn) if request.caller_arn else _entity_as_caller(account, entity)
    return Simulation(
        stored=source.policies if source else (),
        boundary=source.boundary if source else None,
        policy_input_list=request.policy_input_list,
        permissions_boundary_policy_input_list=request.permissions_boundary_policy_input_list,
        resource_policy=request.resource_policy,
        caller=who,
        owner=_owner(request.resource_owner) or who.account,
        context_entries=[
            ContextEntry(name=each.context_key_name, values=each.context_key_values, type=each.context_key_type)
            for each in request.context_entries
        ],
        action_names=request.action_names,
        resource_arns=request.resource_arns,
    )


def _entity_as_caller(account: Account, entity: User | Group | Role | None) -> Caller:
    match entity:
        case User():
            return caller(user_arn(account, entity), unique_id=entity.user_id)
        case Role():
            return caller(role_arn(account, entity), unique_id=entity.role_id)
        case _:
            return caller(iam_arn(account.account_id, "user", "/", _NOBODY))


def _caller(account: Account, arn: str) -> Caller:
    """The user who asks, who need not exist."""
    check_arn(arn, "callerArn")
    try:
        found = caller(arn)
    except InvalidInput as error:
        raise InvalidInput(f"`callerArn`: {error.message}") from error
    if found.kind is not CallerKind.USER:
        raise InvalidInput(f"`callerArn`: `{arn[:200]}` is not the ARN of a user")
    try:
        return caller(arn, unique_id=user_by_arn(account, arn).user_id)
    except NoSuchEntity:
        return found


def _owner(owner: str) -> AccountId | None:
    """The account that an id or the ARN of a root names; None when it is empty."""
    if not owner:
        return None
    if not owner.startswith("arn:"):
        return _account_id(owner, owner)
    _, _, service, region, account, resource = check_arn(owner, "resourceOwner")
    return _account_id(account if (service, region, resource) == ("iam", "", "root") else "", owner)


def _account_id(account: str, owner: str) -> AccountId:
    try:
        return account_id(account)
    except InvalidInput as error:
        raise InvalidInput(
            f"`resourceOwner`: `{owner[:200]}` is neither an account id nor an ARN such as "
            "`arn:aws:iam::123456789012:root`"
        ) from error


# --- to messages ---


async def _results(page: Page[ActionResult], resources: Sequence[str]) -> Iterable[pb.EvaluationResult]:
    """In a thread: there may be thousands."""
    anywhere = not resources or list(resources) == [ANY_RESOURCE]
    return await asyncio.to_thread(lambda: [_action(result, anywhere=anywhere) for result in page.items])


def _action(result: ActionResult, *, anywhere: bool) -> pb.EvaluationResult:
    first, several = result.results[0], len(result.results) > 1
    message = pb.EvaluationResult(
        eval_action_name=result.action,
        eval_resource_name="" if several else first.resource,
        eval_decision=result.decision,
        matched_statements=map(_statement, result.matched),
        missing_context_values=first.missing_context_values if anywhere else (),
        eval_decision_details={} if several else first.details,
        resource_specific_results=() if anywhere else map(_resource, result.results),
    )
    by_organizations = [each.allowed_by_organizations for each in result.results]
    if first.allowed_by_organizations is not None:
        message.organizations_decision_detail.allowed_by_organizations = all(by_organizations)
    if first.allowed_by_boundary is not None:
        within = all(each.allowed_by_boundary for each in result.results)
        message.permissions_boundary_decision_detail.allowed_by_permissions_boundary = within
    return message


def _resource(result: Simulated) -> pb.ResourceSpecificResult:
    message = pb.ResourceSpecificResult(
        eval_resource_name=result.resource,
        eval_resource_decision=result.decision,
        matched_statements=map(_statement, result.matched),
        missing_context_values=result.missing_context_values,
        eval_decision_details=result.details,
    )
    if result.allowed_by_boundary is not None:
        message.permissions_boundary_decision_detail.allowed_by_permissions_boundary = result.allowed_by_boundary
    return message


def _statement(matched: MatchedStatement) -> pb.Statement:
    return pb.Statement(
        source_policy_id=matched.source_policy_id,
        source_policy_type=matched.source_policy_type,
        start_position=_position(matched.start),
        end_position=_position(matched.end),
    )


def _position(position: Position) -> pb.Position:
    return pb.Position(line=position.line, column=position.column)
