"""Temporary credentials: the actions of AWS STS."""

from doorward.credential.v1 import sessions_pb2 as pb
from doorward.credential.v1 import token_service_pb2_grpc as rpc
from doorward_kernel.errors import InvalidInput
from doorward_runtime.rpc.call import CALL
from doorward_runtime.rpc.shapes import checks_shapes

from doorward_credential.api.method import Callers, timestamp
from doorward_credential.api.shapes import TOKEN_SERVICE, TOKEN_SHAPES
from doorward_credential.application.access_keys import account_in
from doorward_credential.application.authorization_messages import AuthorizationMessages
from doorward_credential.application.passports import Credentials
from doorward_credential.application.session_limits import SessionPolicies
from doorward_credential.application.sessions import AssumeRole, Factor, GetFederationToken, Issued, Sessions
from doorward_credential.application.sessions_noted import SessionsNoted
from doorward_credential.application.web_identities import AssumeRoleWithWebIdentity, WebIdentities


@checks_shapes(TOKEN_SERVICE, TOKEN_SHAPES)
class TokenServicer(rpc.TokenServiceServicer):
    """Serves `doorward.credential.v1.TokenService`."""

    def __init__(
        self,
        callers: Callers,
        sessions: Sessions,
        web_identities: WebIdentities,
        messages: AuthorizationMessages,
        noted: SessionsNoted,
    ) -> None:
        self._callers = callers
        self._sessions = sessions
        self._web_identities = web_identities
        self._messages = messages
        self._noted = noted

    async def AssumeRole(self, request: pb.AssumeRoleRequest, _context: object) -> pb.AssumeRoleResponse:
        caller = await self._callers.passport()
        asked = AssumeRole(
            role_arn=request.role_arn,
            role_session_name=request.role_session_name,
            duration_seconds=request.duration_seconds if request.HasField("duration_seconds") else None,
            policies=_policies(request),
            tags=[(tag.key, tag.value) for tag in request.tags],
            transitive_tag_keys=list(request.transitive_tag_keys),
            external_id=request.external_id,
            source_identity=request.source_identity,
            factor=Factor(serial_number=request.serial_number, token_code=request.token_code),
        )
        issued = self._noted.issued("AssumeRole", await self._sessions.assume_role(caller, asked))
        return pb.AssumeRoleResponse(
            credentials=_credentials(issued.credentials),
            assumed_role_user=_assumed(issued),
            packed_policy_size=issued.packed,
            source_identity=issued.source_identity,
        )

    async def AssumeRoleWithWebIdentity(
        self, request: pb.AssumeRoleWithWebIdentityRequest, _context: object
    ) -> pb.AssumeRoleWithWebIdentityResponse:
        if request.provider_id:
            raise InvalidInput("`providerId` is for OAuth 2.0 access tokens, which are not taken: leave it out")
        asked = AssumeRoleWithWebIdentity(
            role_arn=request.role_arn,
            role_session_name=request.role_session_name,
            web_identity_token=request.web_identity_token,
            duration_seconds=request.duration_seconds if request.HasField("duration_seconds") else None,
            policies=_policies(request),
        )
        issued, who, provider = await self._web_identities.assume_role(asked)
        self._noted.issued("AssumeRoleWithWebIdentity", issued)
        return pb.AssumeRoleWithWebIdentityResponse(
            credentials=_credentials(issued.credentials),
            subject_from_web_identity_token=who.subject,
            assumed_role_user=_assumed(issued),
            packed_policy_size=issued.packed,
            provider=provider,
            audience=who.audience,
        )

    async def GetSessionToken(self, request: pb.GetSessionTokenRequest, _context: object) -> pb.GetSessionTokenResponse:
        issued = await self._sessions.session_token(
            await self._callers.passport(),
            request.duration_seconds if request.HasField("duration_seconds") else None,
            Factor(serial_number=request.serial_number, token_code=request.token_code),
        )
        self._noted.issued("GetSessionToken", issued)
        return pb.GetSessionTokenResponse(credentials=_credentials(issued.credentials))

    async def GetFederationToken(
        self, request: pb.GetFederationTokenRequest, _context: object
    ) -> pb.GetFederationTokenResponse:
        asked = GetFederationToken(
            name=request.name,
            duration_seconds=request.duration_seconds if request.HasField("duration_seconds") else None,
            policies=_policies(request),
            tags=[(tag.key, tag.value) for tag in request.tags],
        )
        issued = await self._sessions.federation_token(await self._callers.passport(), asked)
        self._noted.issued("GetFederationToken", issued)
        return pb.GetFederationTokenResponse(
            credentials=_credentials(issued.credentials),
            federated_user=pb.FederatedUser(federated_user_id=issued.id, arn=issued.arn),
            packed_policy_size=issued.packed,
        )

    async def GetCallerIdentity(
        self, _request: pb.GetCallerIdentityRequest, _context: object
    ) -> pb.GetCallerIdentityResponse:
        caller = await self._callers.passport()
        arn, user_id = await self._sessions.identity(caller)
        return pb.GetCallerIdentityResponse(user_id=user_id, account=caller.account, arn=arn)

    async def GetAccessKeyInfo(
        self, request: pb.GetAccessKeyInfoRequest, _context: object
    ) -> pb.GetAccessKeyInfoResponse:
        return pb.GetAccessKeyInfoResponse(account=account_in(request.access_key_id))

    async def DecodeAuthorizationMessage(
        self, request: pb.DecodeAuthorizationMessageRequest, _context: object
    ) -> pb.DecodeAuthorizationMessageResponse:
        message = await self._messages.decode(CALL.get().account, request.encoded_message)
        return pb.DecodeAuthorizationMessageResponse(decoded_message=message)

    async def EncodeAuthorizationMessage(
        self, request: pb.EncodeAuthorizationMessageRequest, _context: object
    ) -> pb.EncodeAuthorizationMessageResponse:
        encoded = self._messages.encode(CALL.get().account, request.message)
        return pb.EncodeAuthorizationMessageResponse(encoded_message=encoded)


def _policies(
    request: pb.AssumeRoleRequest | pb.AssumeRoleWithWebIdentityRequest | pb.GetFederationTokenRequest,
) -> SessionPolicies:
    return SessionPolicies(policy=request.policy, arns=tuple(policy.arn for policy in request.policy_arns))


def _credentials(credentials: Credentials) -> pb.Credentials:
    return pb.Credentials(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
        expiration=timestamp(credentials.expires_at),
    )


def _assumed(issued: Issued) -> pb.AssumedRoleUser:
    return pb.AssumedRoleUser(assumed_role_id=issued.id, arn=issued.arn)
