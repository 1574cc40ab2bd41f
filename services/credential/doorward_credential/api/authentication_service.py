"""Who is calling? Signatures, sign-ins and keys of passports."""

from doorward.credential.v1 import authentication_pb2 as pb
from doorward.credential.v1 import authentication_service_pb2_grpc as rpc
from doorward_kernel.errors import InvalidInput
from doorward_keyring.sigv4 import HttpRequest
from doorward_keyring.sigv4.request import MOST_CHARACTERS
from doorward_runtime.rpc.call import CALL
from doorward_runtime.rpc.shapes import checks_shapes

from doorward_credential.api.method import timestamp
from doorward_credential.api.shapes import AUTHENTICATION_SERVICE, AUTHENTICATION_SHAPES
from doorward_credential.application.authentication import Authentication
from doorward_credential.application.key_rotation import KeyRotation
from doorward_credential.application.passports import IssuedPassport
from doorward_credential.application.people import People, arn_of
from doorward_credential.application.sign_in import (
    Factor,
    FactorNeeded,
    Outcome,
    PasswordNeeded,
    SignedIn,
    SignIn,
    SigningIn,
)

MOST_HEADERS = 100
MOST_NAME = 256


@checks_shapes(AUTHENTICATION_SERVICE, AUTHENTICATION_SHAPES)
class AuthenticationServicer(rpc.AuthenticationServiceServicer):
    """Serves `doorward.credential.v1.AuthenticationService`."""

    def __init__(
        self, authentication: Authentication, signing_in: SigningIn, people: People, keys: KeyRotation
    ) -> None:
        self._authentication = authentication
        self._signing_in = signing_in
        self._people = people
        self._keys = keys

    async def Authenticate(self, request: pb.AuthenticateRequest, _context: object) -> pb.AuthenticateResponse:
        if len(request.headers) > MOST_HEADERS:
            raise InvalidInput(f"`headers` has {len(request.headers)} members: expected at most {MOST_HEADERS}")
        for header in request.headers:
            if len(header.name) > MOST_NAME or len(header.value) > MOST_CHARACTERS:
                raise InvalidInput(
                    f"`headers` has one with a name of more than {MOST_NAME} or a value of more than "
                    f"{MOST_CHARACTERS} characters"
                )
        signed = HttpRequest(
            method=request.method,
            raw_path=request.raw_path,
            raw_query=request.raw_query,
            headers=tuple((header.name, header.value) for header in request.headers),
            body_sha256=request.body_sha256,
        )
        issued, asked = await self._authentication.authenticate(
            signed,
            changes_something=request.changes_something,
            services=frozenset(request.services),
            regions=frozenset(request.regions),
            unsigned_body=request.allow_unsigned_body,
        )
        return pb.AuthenticateResponse(
            passport=issued.token,
            passport_expiration=timestamp(issued.expires_at),
            account=issued.passport.account,
            arn=await self._arn(issued),
            access_key_id=issued.passport.access_key_id,
            service=asked.scope.service,
            region=asked.scope.region,
            path=asked.path,
            body_signed=asked.body_signed,
        )

    async def SignIn(self, request: pb.SignInRequest, _context: object) -> pb.SignInResponse:
        shown = SignIn(
            account=request.account,
            user_name=request.user_name,
            email=request.email,
            password=request.password,
            mfa_code=request.mfa_code,
        )
        signed_in, challenge = _outcome(await self._signing_in.sign_in(shown, CALL.get().source_ip))
        return pb.SignInResponse(signed_in=signed_in, challenge=challenge)

    async def CompleteSignIn(self, request: pb.CompleteSignInRequest, _context: object) -> pb.CompleteSignInResponse:
        factor = Factor(
            code=request.code, recovery_code=request.recovery_code, passkey_assertion=request.passkey_assertion
        )
        if not (factor.code or factor.recovery_code or factor.passkey_assertion):
            raise InvalidInput("`factor` is missing: show a code, a recovery code or a passkey")
        call = CALL.get()
        outcome = await self._signing_in.complete(request.challenge, factor, call.source_ip, call.event_metadata())
        signed_in, challenge = _outcome(outcome)
        return pb.CompleteSignInResponse(signed_in=signed_in, challenge=challenge)

    async def SendSmsCode(self, request: pb.SendSmsCodeRequest, _context: object) -> pb.SendSmsCodeResponse:
        return pb.SendSmsCodeResponse(challenge=await self._signing_in.send_sms(request.challenge))

    async def ChangeExpiredPassword(
        self, request: pb.ChangeExpiredPasswordRequest, _context: object
    ) -> pb.ChangeExpiredPasswordResponse:
        signed_in, revision = await self._signing_in.change_password(
            request.challenge, request.new_password, CALL.get().event_metadata()
        )
        return pb.ChangeExpiredPasswordResponse(signed_in=_signed_in(signed_in), revision=str(revision))

    async def RenewPassport(self, request: pb.RenewPassportRequest, _context: object) -> pb.RenewPassportResponse:
        return pb.RenewPassportResponse(signed_in=_signed_in(await self._signing_in.renew(request.session)))

    async def GetPassportKeys(
        self, _request: pb.GetPassportKeysRequest, _context: object
    ) -> pb.GetPassportKeysResponse:
        return pb.GetPassportKeysResponse(
            keys=[
                pb.PassportKey(
                    kid=key.kid,
                    public_key=key.public_key,
                    not_after=None if key.not_after is None else timestamp(key.not_after),
                )
                for key in self._keys.public()
            ]
        )

    async def RotateKeys(self, request: pb.RotateKeysRequest, _context: object) -> pb.RotateKeysResponse:
        kid = await (self._keys.withdraw() if request.withdraw else self._keys.rotate())
        return pb.RotateKeysResponse(kid=kid)

    async def _arn(self, issued: IssuedPassport) -> str:
        account = self._people.account_now(issued.passport.account)
        if account is None:
            account = await self._people.account(issued.passport.account)
        return arn_of(account, issued.passport) or ""


def _outcome(outcome: Outcome) -> tuple[pb.SignedIn | None, pb.SignInChallenge | None]:
    match outcome:
        case SignedIn():
            return _signed_in(outcome), None
        case FactorNeeded():
            return None, pb.SignInChallenge(
                need=pb.NEED_SECOND_FACTOR,
                challenge=outcome.challenge,
                factors=outcome.factors,
                passkey_options=outcome.passkey_options,
            )
        case PasswordNeeded():
            return None, pb.SignInChallenge(need=pb.NEED_NEW_PASSWORD, challenge=outcome.challenge)


def _signed_in(signed_in: SignedIn) -> pb.SignedIn:
    return pb.SignedIn(
        passport=signed_in.issued.token,
        passport_expiration=timestamp(signed_in.issued.expires_at),
        session=signed_in.session,
        session_expiration=timestamp(signed_in.session_expires_at),
        account=signed_in.issued.passport.account,
        arn=signed_in.arn,
    )
