"""A credential service that holds one password, and signs in whoever knows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from doorward.credential.v1 import access_keys_pb2 as keys
from doorward.credential.v1 import authentication_pb2 as pb
from doorward.credential.v1 import credential_reports_pb2 as reports
from doorward.credential.v1 import login_profiles_pb2 as profiles
from doorward.credential.v1 import revocations_pb2 as revocations
from doorward.credential.v1 import sessions_pb2 as sessions
from doorward_kernel.errors import AuthenticationFailed, EntityAlreadyExists, Unauthenticated, Unavailable
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

PASSWORD = "Correct-horse-9"
CODE = "123456"
RECOVERY_CODE = "abcd-efgh"
ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
SECRET = "secret-access-key-of-the-tests-000000000"

Methods = dict[str, tuple[Callable[[Any], Message], type[Message]]]


@dataclass
class TinyCredentials:
    """`asks` are the needs that a sign-in has after the password, in order; `passport_life` is in seconds."""

    asks: list["pb.Need.ValueType"] = field(default_factory=list)
    factors: list[str] = field(default_factory=lambda: ["totp", "recovery-code"])
    passport_life: float = 300.0
    revoked: bool = False
    away: bool = False
    renewals: int = 0
    renewal_pause: float = 0.0
    has_password: bool = False
    report_states: list[str] = field(default_factory=lambda: ["STARTED", "INPROGRESS", "COMPLETE"])

    def services(self) -> dict[str, Methods]:
        """The methods of each service."""
        return {
            "doorward.credential.v1.AuthenticationService": {
                "SignIn": (self.sign_in, pb.SignInRequest),
                "CompleteSignIn": (self.complete_sign_in, pb.CompleteSignInRequest),
                "SendSmsCode": (self.send_sms_code, pb.SendSmsCodeRequest),
                "ChangeExpiredPassword": (self.change_expired_password, pb.ChangeExpiredPasswordRequest),
                "RenewPassport": (self.renew_passport, pb.RenewPassportRequest),
            },
            "doorward.credential.v1.TokenService": {
                "GetCallerIdentity": (self.get_caller_identity, sessions.GetCallerIdentityRequest),
            },
            "doorward.credential.v1.CredentialService": {
                "CreateAccessKey": (self.create_access_key, keys.CreateAccessKeyRequest),
                "ListAccessKeys": (self.list_access_keys, keys.ListAccessKeysRequest),
                "UpdateAccessKey": (self.update_access_key, keys.UpdateAccessKeyRequest),
                "DeleteAccessKey": (self.delete_access_key, keys.DeleteAccessKeyRequest),
                "CreateLoginProfile": (self.create_login_profile, profiles.CreateLoginProfileRequest),
                "UpdateLoginProfile": (self.update_login_profile, profiles.UpdateLoginProfileRequest),
                "SetRootPassword": (self.set_root_password, profiles.SetRootPasswordRequest),
                "RevokeSessions": (self.revoke_sessions, revocations.RevokeSessionsRequest),
                "GenerateCredentialReport": (self.generate_report, reports.GenerateCredentialReportRequest),
                "GetCredentialReport": (self.get_report, reports.GetCredentialReportRequest),
            },
        }

    def sign_in(self, request: pb.SignInRequest) -> pb.SignInResponse:
        if request.password != PASSWORD:
            raise AuthenticationFailed("wrong")
        return pb.SignInResponse(**self._next())

    def complete_sign_in(self, request: pb.CompleteSignInRequest) -> pb.CompleteSignInResponse:
        if request.code != CODE and request.recovery_code != RECOVERY_CODE and not request.passkey_assertion:
            raise AuthenticationFailed("wrong")
        return pb.CompleteSignInResponse(**self._next())

    def send_sms_code(self, _request: pb.SendSmsCodeRequest) -> pb.SendSmsCodeResponse:
        return pb.SendSmsCodeResponse(challenge="challenge-after-sms")

    def change_expired_password(self, _request: pb.ChangeExpiredPasswordRequest) -> pb.ChangeExpiredPasswordResponse:
        return pb.ChangeExpiredPasswordResponse(signed_in=self.signed_in())

    def renew_passport(self, _request: pb.RenewPassportRequest) -> pb.RenewPassportResponse:
        if self.away:
            raise Unavailable("not now")
        if self.revoked:
            raise Unauthenticated("The security token included in the request is invalid.")
        time.sleep(self.renewal_pause)
        self.renewals += 1
        return pb.RenewPassportResponse(signed_in=self.signed_in())

    def signed_in(self) -> pb.SignedIn:
        return pb.SignedIn(
            passport=f"passport-{self.renewals}",
            passport_expiration=_in(self.passport_life),
            session="session-token",
            session_expiration=_in(43_200),
            account=ACCOUNT,
            arn=ALICE,
        )

    def get_caller_identity(self, _request: object) -> sessions.GetCallerIdentityResponse:
        return sessions.GetCallerIdentityResponse(user_id="AIDAALICE", account=ACCOUNT, arn=ALICE)

    def create_access_key(self, request: keys.CreateAccessKeyRequest) -> keys.CreateAccessKeyResponse:
        made = keys.AccessKey(
            user_name=request.user_name or "alice",
            access_key_id="AKIAEXAMPLE",
            status="Active",
            secret_access_key=SECRET,
            create_date=Timestamp(seconds=1_800_000_000),
        )
        return keys.CreateAccessKeyResponse(access_key=made, revision="credential.0a1b2c3d.1")

    def list_access_keys(self, request: keys.ListAccessKeysRequest) -> keys.ListAccessKeysResponse:
        found = keys.AccessKeyMetadata(
            user_name=request.user_name or "alice",
            access_key_id=f"AKIA{request.marker or 1}",
            status="Inactive",
            create_date=Timestamp(seconds=1_800_000_000),
        )
        more = not request.marker
        return keys.ListAccessKeysResponse(access_key_metadata=[found], is_truncated=more, marker="2" if more else "")

    def update_access_key(self, _request: object) -> keys.UpdateAccessKeyResponse:
        return keys.UpdateAccessKeyResponse(revision="credential.0a1b2c3d.2")

    def delete_access_key(self, _request: object) -> keys.DeleteAccessKeyResponse:
        return keys.DeleteAccessKeyResponse(revision="credential.0a1b2c3d.3")

    def create_login_profile(self, _request: object) -> profiles.CreateLoginProfileResponse:
        if self.has_password:
            raise EntityAlreadyExists("Login Profile for user alice already exists.")
        return profiles.CreateLoginProfileResponse(revision="credential.0a1b2c3d.4")

    def update_login_profile(self, _request: object) -> profiles.UpdateLoginProfileResponse:
        return profiles.UpdateLoginProfileResponse(revision="credential.0a1b2c3d.5")

    def set_root_password(self, _request: object) -> profiles.SetRootPasswordResponse:
        return profiles.SetRootPasswordResponse(revision="credential.0a1b2c3d.6")

    def revoke_sessions(self, _request: object) -> revocations.RevokeSessionsResponse:
        return revocations.RevokeSessionsResponse(revision="credential.0a1b2c3d.7")

    def generate_report(self, _request: object) -> reports.GenerateCredentialReportResponse:
        state = self.report_states.pop(0) if len(self.report_states) > 1 else self.report_states[0]
        return reports.GenerateCredentialReportResponse(state=state)

    def get_report(self, _request: object) -> reports.GetCredentialReportResponse:
        return reports.GetCredentialReportResponse(
            content=b"user,arn\nalice," + ALICE.encode() + b"\n",
            report_format="text/csv",
            generated_time=Timestamp(seconds=1_800_000_000),
        )

    def _next(self) -> dict[str, Any]:
        """What the sign-in still needs, or that it is done."""
        if not self.asks:
            return {"signed_in": self.signed_in()}
        need = self.asks.pop(0)
        factors: list[str] = self.factors if need == pb.NEED_SECOND_FACTOR else []
        options = '{"challenge":"AA"}' if "passkey" in factors else ""
        asked = pb.SignInChallenge(need=need, challenge="challenge", factors=factors, passkey_options=options)
        return {"challenge": asked}


def _in(seconds: float) -> Timestamp:
    moment = Timestamp()
    moment.FromMicroseconds(int((time.time() + seconds) * 1e6))
    return moment
