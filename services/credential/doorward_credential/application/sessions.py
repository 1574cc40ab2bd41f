"""Temporary credentials (STS): who may have which, for how long, and with which limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from doorward_directory.account import Account
from doorward_directory.roles import Role
from doorward_kernel.arn import Arn
from doorward_kernel.errors import AccessDenied, InvalidInput, NoSuchEntity, Unauthenticated
from doorward_kernel.ids import AccountId, is_account_id
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import mfa_device
from doorward_keyring.passport import NO_LIMITS, Passport, PassportKind, SessionLimits

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import Credentials, Passports
from doorward_credential.application.people import INVALID_TOKEN, People, arn_of, user_id_of
from doorward_credential.application.permissions import Context, Decisions, Verdict, not_authorized
from doorward_credential.application.second_factors import SecondFactors
from doorward_credential.application.session_limits import (
    SessionPolicies,
    actions_besides,
    chained_limits,
    check_policies,
    check_policy_shapes,
    limits_context,
    packed_size,
)
from doorward_credential.application.shapes import (
    check_code,
    check_duration,
    check_external_id,
    check_federated_name,
    check_session_name,
)

LEAST, MOST_OF_ROLE, ROLE_DEFAULT = 900, 43_200, 3_600
CHAINED = 3_600
MOST_OF_USER, USER_DEFAULT, MOST_OF_ROOT = 129_600, 43_200, 3_600
"""Seconds that sessions last (STS API reference, DurationSeconds of each action)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """An MFA device by its serial number (or ARN), and the code that it shows; both empty when none is shown."""

    serial_number: str = ""
    token_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRole:
    """What is asked for, as AWS names it."""

    role_arn: str
    role_session_name: str
    duration_seconds: int | None = None
    policies: SessionPolicies
    tags: Sequence[tuple[str, str]] = ()
    transitive_tag_keys: Sequence[str] = ()
    external_id: str = ""
    source_identity: str = ""
    factor: Factor = Factor()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetFederationToken:
    name: str
    duration_seconds: int | None = None
    policies: SessionPolicies
    tags: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new session; `arn` and `id` are those of its principal, `packed` is a percentage."""

    credentials: Credentials
    arn: str
    id: str
    packed: int
    source_identity: str


class Sessions:
    """Issues sessions to callers that a passport speaks of."""

    def __init__(
        self,
        keyrings: Keyrings,
        people: People,
        decisions: Decisions,
        factors: SecondFactors,
        passports: Passports,
        mint: Mint,
    ) -> None:
        self._keyrings = keyrings
        self._people = people
        self._decisions = decisions
        self._factors = factors
        self._passports = passports
        self._mint = mint

    async def assume_role(self, caller: Passport, asked: AssumeRole) -> Issued:
        """Raises AccessDenied when trust policy or the caller's policies do not allow it, or the second factor is
        wrong; InvalidInput, MalformedPolicyDocument, PackedPolicyTooLarge, Unavailable."""
        check_session_name(asked.role_session_name)
        asked_seconds = role_duration(asked.duration_seconds)
        check_policy_shapes(asked.policies)
        limits = chained_limits(caller.limits, asked.tags, asked.transitive_tag_keys, asked.source_identity)
        if asked.external_id:
            check_external_id(asked.external_id)
        arn = Arn.parse(asked.role_arn)
        account_id = role_account(arn)
        self._check_may_assume(caller)
        caller_arn = await self._people.arn(caller)
        found = await self._people.role(account_id, asked.role_arn)
        shown = await self._with_factor(caller, asked.factor)
        actions = ("sts:AssumeRole", *actions_besides(limits))
        await self._check_permitted(shown, caller_arn, actions, asked.role_arn, _context(asked, limits))
        if found is None:
            raise not_authorized(caller_arn, "sts:AssumeRole", asked.role_arn, Verdict.NOT_ALLOWED)
        account, role = found
        limits = replace(limits, policy=asked.policies.policy, policy_arns=asked.policies.arns)
        check_policies(account, asked.policies)
        seconds = role_seconds(asked_seconds, role, chained=caller.kind is PassportKind.ROLE_SESSION)
        return self.of_role(account, role, asked.role_session_name, limits, seconds)

    def of_role(self, account: Account, role: Role, name: str, limits: SessionLimits, seconds: int) -> Issued:
        """A session of a role, whose trust was checked. Raises PackedPolicyTooLarge."""
        passport = Passport(
            kind=PassportKind.ROLE_SESSION,
            account=account.account_id,
            principal_id=role.role_id,
            name=name,
            access_key_id="",
            authenticated_at=self._mint.seconds(),
            temporary=True,
            limits=limits,
        )
        return self._issued(account, passport, seconds)

    async def session_token(self, caller: Passport, duration: int | None, factor: Factor) -> Issued:
        """A session of the caller itself. Raises AccessDenied, InvalidInput."""
        seconds = _user_seconds(caller, duration)
        account = await self._check_long_term(caller, "GetSessionToken")
        shown = await self._with_factor(caller, factor)
        passport = replace(shown, authenticated_at=self._mint.seconds(), temporary=True, access_key_id="")
        return self._issued(account, passport, seconds)

    async def federation_token(self, caller: Passport, asked: GetFederationToken) -> Issued:
        """A session of somebody whom the caller, who may do that, vouches for; whether it may set the tags is asked
        here. Raises as `assume_role`."""
        check_federated_name(asked.name)
        seconds = _user_seconds(caller, asked.duration_seconds)
        check_policy_shapes(asked.policies)
        limits = chained_limits(NO_LIMITS, asked.tags, (), "")
        account = await self._check_long_term(caller, "GetFederationToken")
        if limits.tags:
            arn = f"arn:aws:sts::{caller.account}:federated-user/{asked.name}"
            actions, context = actions_besides(limits), limits_context(limits)
            await self._check_permitted(caller, _arn(account, caller), actions, arn, context)
        check_policies(account, asked.policies)
        passport = Passport(
            kind=PassportKind.FEDERATED_USER,
            account=caller.account,
            principal_id=caller.principal_id,
            name=asked.name,
            access_key_id="",
            authenticated_at=self._mint.seconds(),
            temporary=True,
            limits=replace(limits, policy=asked.policies.policy, policy_arns=asked.policies.arns),
        )
        return self._issued(account, passport, seconds)

    async def identity(self, caller: Passport) -> tuple[str, str]:
        """ARN and `aws:userid` of the caller. Raises Unauthenticated when it is gone."""
        return await self._people.arn(caller), user_id_of(caller)

    def _issued(self, account: Account, passport: Passport, seconds: int) -> Issued:
        credentials = self._passports.credentials(passport, seconds)
        return Issued(
            credentials=credentials,
            arn=_arn(account, passport),
            id=user_id_of(passport),
            packed=packed_size(credentials.fullness),
            source_identity=passport.limits.source_identity,
        )

    def _check_may_assume(self, caller: Passport) -> None:
        if caller.kind is PassportKind.ROOT:
            raise AccessDenied("Roles may not be assumed by root accounts.")
        if caller.kind is PassportKind.FEDERATED_USER:
            raise AccessDenied("Cannot call AssumeRole with federated user credentials")

    async def _check_permitted(
        self, caller: Passport, arn: str, actions: Iterable[str], resource: str, context: Context
    ) -> None:
        """Raises AccessDenied unless the caller, whose ARN is `arn`, may do all of it."""
        token = self._passports.issue(caller).token
        for action in actions:
            verdict = await self._decisions.of_passport(token, action, resource, context)
            if verdict is not Verdict.ALLOWED:
                raise not_authorized(arn, action, resource, verdict)

    async def _with_factor(self, caller: Passport, factor: Factor) -> Passport:
        """The caller, with the second factor that it shows now. Raises AccessDenied when it is wrong."""
        if not factor.serial_number and not factor.token_code:
            return caller
        if not factor.serial_number or not factor.token_code:
            raise InvalidInput("`serialNumber` and `tokenCode` go together: give both or neither")
        check_code(factor.token_code, "tokenCode")
        if caller.kind not in {PassportKind.USER, PassportKind.ROOT}:
            raise AccessDenied("MultiFactorAuthentication failed, unable to validate MFA code. ")
        keyring = await self._keyrings.get(caller.account)
        _check_device_of(keyring, caller, factor.serial_number)
        if not await self._factors.is_code(keyring, caller.principal_id, factor.token_code, factor.serial_number):
            raise AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
        return replace(caller, mfa_at=self._mint.seconds())

    async def _check_long_term(self, caller: Passport, action: str) -> Account:
        if caller.temporary or caller.kind not in {PassportKind.USER, PassportKind.ROOT}:
            raise AccessDenied(f"Cannot call {action} with session credentials")
        return await self._people.account(caller.account, latest=True)


def _arn(account: Account, passport: Passport) -> str:
    """The principal's ARN. Raises Unauthenticated when it is gone."""
    arn = arn_of(account, passport)
    if arn is None:
        raise Unauthenticated(INVALID_TOKEN)
    return arn


def _check_device_of(keyring: Keyring, caller: Passport, serial: str) -> None:
    """Raises AccessDenied when the caller has no such device."""
    try:
        mfa_device(keyring, serial, caller.principal_id)
    except NoSuchEntity:
        raise AccessDenied("MultiFactorAuthentication failed, unable to validate MFA code. ") from None


def role_account(arn: Arn) -> AccountId:
    """The account of a role. Raises InvalidInput when it is not the ARN of one."""
    if arn.service != "iam" or arn.region or not is_account_id(arn.account) or not arn.resource.startswith("role/"):
        raise InvalidInput(f"`roleArn`: `{arn}` is not the ARN of a role")
    return AccountId(arn.account)


def _context(asked: AssumeRole, limits: SessionLimits) -> Context:
    """Condition keys of the request (IAM user guide, "Available keys for AWS STS")."""
    context = {**limits_context(limits), "sts:RoleSessionName": asked.role_session_name}
    return {**context, "sts:ExternalId": asked.external_id} if asked.external_id else context


def role_duration(asked: int | None) -> int:
    """Seconds that a session of a role is asked for. Raises InvalidInput when no role has sessions so long."""
    return ROLE_DEFAULT if asked is None else check_duration(asked, LEAST, MOST_OF_ROLE)


def role_seconds(seconds: int, role: Role, *, chained: bool) -> int:
    """How long a session of this role is to last. Raises InvalidInput when its sessions are not so long."""
    if chained and seconds > CHAINED:
        raise InvalidInput(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role.max_session_seconds:
        raise InvalidInput("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def _user_seconds(caller: Passport, asked: int | None) -> int:
    """A root user's session is cut to an hour, as AWS does."""
    seconds = USER_DEFAULT if asked is None else check_duration(asked, LEAST, MOST_OF_USER)
    return min(seconds, MOST_OF_ROOT) if caller.kind is PassportKind.ROOT else seconds
