"""Sessions for whom a registered OpenID Connect provider vouches (STS API reference, AssumeRoleWithWebIdentity)."""

from dataclasses import dataclass, field

from doorward_directory.account import Account
from doorward_directory.oidc_providers import oidc_provider_arn
from doorward_directory.roles import Role
from doorward_kernel.arn import Arn
from doorward_kernel.errors import AccessDenied, InvalidIdentityToken, NoSuchEntity
from doorward_kernel.ids import AccountId
from doorward_keyring.passport import SessionLimits

from doorward_credential.application.minting import Mint
from doorward_credential.application.people import People
from doorward_credential.application.permissions import Decisions, Verdict
from doorward_credential.application.ports import RegisteredProvider, WebIdentity, WebIdentityTokens
from doorward_credential.application.session_limits import SessionPolicies, check_policies, check_policy_shapes
from doorward_credential.application.sessions import Issued, Sessions, role_account, role_duration, role_seconds
from doorward_credential.application.shapes import check_session_name

_ACTION = "sts:AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRoleWithWebIdentity:
    """What is asked for, as AWS names it."""

    role_arn: str
    role_session_name: str
    web_identity_token: str = field(repr=False)
    duration_seconds: int | None
    policies: SessionPolicies


class WebIdentities:
    """The token proves who calls, the role's trust policy decides what it is worth."""

    def __init__(
        self, people: People, decisions: Decisions, tokens: WebIdentityTokens, sessions: Sessions, mint: Mint
    ) -> None:
        self._people = people
        self._decisions = decisions
        self._tokens = tokens
        self._sessions = sessions
        self._mint = mint

    async def assume_role(self, asked: AssumeRoleWithWebIdentity) -> tuple[Issued, WebIdentity, str]:
        """The session, who it is for, and the provider's ARN.

        Raises InvalidIdentityToken, ExpiredIdentityToken, IDPRejectedClaim, IDPCommunicationError, AccessDenied,
        InvalidInput, MalformedPolicyDocument, PackedPolicyTooLarge, Unavailable.
        """
        check_session_name(asked.role_session_name)
        asked_seconds = role_duration(asked.duration_seconds)
        check_policy_shapes(asked.policies)
        account_id = role_account(Arn.parse(asked.role_arn))
        who, arn = await self._verified(account_id, asked.web_identity_token)
        account, role = await self._trusting_role(account_id, asked, who, arn)
        check_policies(account, asked.policies)
        limits = SessionLimits(policy=asked.policies.policy, policy_arns=asked.policies.arns, federated_provider=arn)
        seconds = role_seconds(asked_seconds, role, chained=False)
        return self._sessions.of_role(account, role, asked.role_session_name, limits, seconds), who, arn

    async def _verified(self, account_id: AccountId, token: str) -> tuple[WebIdentity, str]:
        """Who the bearer is, and the ARN of the account's provider that says so. Nothing of the account's roles
        is looked at: who has no good token learns nothing of them, nor whether there is such an account."""
        issuer = self._tokens.issuer(token)
        try:
            account = await self._people.account(account_id, latest=True)
        except NoSuchEntity:
            raise _no_provider() from None
        provider = account.oidc_providers.get(issuer.removeprefix("https://"))
        if provider is None:
            raise _no_provider()
        registered = RegisteredProvider(
            url=provider.provider_url,
            client_ids=provider.client_id_list,
            thumbprints=provider.thumbprint_list,
        )
        who = await self._tokens.verify(token, registered, self._mint.seconds())
        return who, oidc_provider_arn(account, provider)

    async def _trusting_role(
        self, account_id: AccountId, asked: AssumeRoleWithWebIdentity, who: WebIdentity, provider_arn: str
    ) -> tuple[Account, Role]:
        """The role, and its account. Raises AccessDenied alike when it is not there and when it does not trust."""
        found = await self._people.role(account_id, asked.role_arn)
        url = who.issuer.removeprefix("https://")
        context = {
            f"{url}:aud": who.audience,
            f"{url}:sub": who.subject,
            "sts:RoleSessionName": asked.role_session_name,
        }
        verdict = await self._decisions.of_principal(provider_arn, _ACTION, asked.role_arn, context)
        if found is None or verdict is not Verdict.ALLOWED:
            raise AccessDenied(f"Not authorized to perform {_ACTION}")
        return found


def _no_provider() -> InvalidIdentityToken:
    return InvalidIdentityToken("No OpenIDConnect provider found in your account for the issuer of the token")
