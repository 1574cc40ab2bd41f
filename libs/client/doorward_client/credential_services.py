"""The methods of the credential service, declared once; `services` makes clients of them."""

from doorward.credential.v1 import access_keys_pb2 as access_keys
from doorward.credential.v1 import authentication_pb2 as authentication
from doorward.credential.v1 import credential_reports_pb2 as credential_reports
from doorward.credential.v1 import credentials_of_pb2 as credentials_of
from doorward.credential.v1 import log_service_pb2 as log
from doorward.credential.v1 import login_profiles_pb2 as login_profiles
from doorward.credential.v1 import mfa_devices_pb2 as mfa_devices
from doorward.credential.v1 import password_policies_pb2 as password_policies
from doorward.credential.v1 import revocations_pb2 as revocations
from doorward.credential.v1 import sessions_pb2 as sessions

from doorward_client.methods import AsyncService, Method, SyncService


class _Credentials:
    """What proves who one is: passwords, access keys, MFA devices."""

    SERVICE = "doorward.credential.v1.CredentialService"

    create_login_profile = Method(login_profiles.CreateLoginProfileRequest, login_profiles.CreateLoginProfileResponse)
    get_login_profile = Method(login_profiles.GetLoginProfileRequest, login_profiles.GetLoginProfileResponse)
    update_login_profile = Method(login_profiles.UpdateLoginProfileRequest, login_profiles.UpdateLoginProfileResponse)
    delete_login_profile = Method(login_profiles.DeleteLoginProfileRequest, login_profiles.DeleteLoginProfileResponse)
    change_password = Method(login_profiles.ChangePasswordRequest, login_profiles.ChangePasswordResponse)
    set_root_password = Method(login_profiles.SetRootPasswordRequest, login_profiles.SetRootPasswordResponse)
    update_account_password_policy = Method(
        password_policies.UpdateAccountPasswordPolicyRequest, password_policies.UpdateAccountPasswordPolicyResponse
    )
    get_account_password_policy = Method(
        password_policies.GetAccountPasswordPolicyRequest, password_policies.GetAccountPasswordPolicyResponse
    )
    delete_account_password_policy = Method(
        password_policies.DeleteAccountPasswordPolicyRequest, password_policies.DeleteAccountPasswordPolicyResponse
    )
    create_access_key = Method(access_keys.CreateAccessKeyRequest, access_keys.CreateAccessKeyResponse)
    list_access_keys = Method(access_keys.ListAccessKeysRequest, access_keys.ListAccessKeysResponse)
    update_access_key = Method(access_keys.UpdateAccessKeyRequest, access_keys.UpdateAccessKeyResponse)
    delete_access_key = Method(access_keys.DeleteAccessKeyRequest, access_keys.DeleteAccessKeyResponse)
    get_access_key_last_used = Method(access_keys.GetAccessKeyLastUsedRequest, access_keys.GetAccessKeyLastUsedResponse)
    create_root_access_key = Method(access_keys.CreateRootAccessKeyRequest, access_keys.CreateRootAccessKeyResponse)
    generate_credential_report = Method(
        credential_reports.GenerateCredentialReportRequest, credential_reports.GenerateCredentialReportResponse
    )
    get_credential_report = Method(
        credential_reports.GetCredentialReportRequest, credential_reports.GetCredentialReportResponse
    )
    create_virtual_mfa_device = Method(
        mfa_devices.CreateVirtualMFADeviceRequest, mfa_devices.CreateVirtualMFADeviceResponse
    )
    enable_mfa_device = Method(mfa_devices.EnableMFADeviceRequest, mfa_devices.EnableMFADeviceResponse)
    resync_mfa_device = Method(mfa_devices.ResyncMFADeviceRequest, mfa_devices.ResyncMFADeviceResponse)
    deactivate_mfa_device = Method(mfa_devices.DeactivateMFADeviceRequest, mfa_devices.DeactivateMFADeviceResponse)
    delete_virtual_mfa_device = Method(
        mfa_devices.DeleteVirtualMFADeviceRequest, mfa_devices.DeleteVirtualMFADeviceResponse
    )
    list_mfa_devices = Method(mfa_devices.ListMFADevicesRequest, mfa_devices.ListMFADevicesResponse)
    list_virtual_mfa_devices = Method(
        mfa_devices.ListVirtualMFADevicesRequest, mfa_devices.ListVirtualMFADevicesResponse
    )
    get_mfa_device = Method(mfa_devices.GetMFADeviceRequest, mfa_devices.GetMFADeviceResponse)
    start_passkey_registration = Method(
        mfa_devices.StartPasskeyRegistrationRequest, mfa_devices.StartPasskeyRegistrationResponse
    )
    finish_passkey_registration = Method(
        mfa_devices.FinishPasskeyRegistrationRequest, mfa_devices.FinishPasskeyRegistrationResponse
    )
    start_sms_registration = Method(mfa_devices.StartSmsRegistrationRequest, mfa_devices.StartSmsRegistrationResponse)
    finish_sms_registration = Method(
        mfa_devices.FinishSmsRegistrationRequest, mfa_devices.FinishSmsRegistrationResponse
    )
    generate_recovery_codes = Method(
        mfa_devices.GenerateRecoveryCodesRequest, mfa_devices.GenerateRecoveryCodesResponse
    )
    revoke_sessions = Method(revocations.RevokeSessionsRequest, revocations.RevokeSessionsResponse)
    erase_secrets = Method(revocations.EraseSecretsRequest, revocations.EraseSecretsResponse)
    get_user_credentials = Method(credentials_of.GetUserCredentialsRequest, credentials_of.GetUserCredentialsResponse)
    get_account_credentials = Method(
        credentials_of.GetAccountCredentialsRequest, credentials_of.GetAccountCredentialsResponse
    )
    get_passwords_last_used = Method(
        credentials_of.GetPasswordsLastUsedRequest, credentials_of.GetPasswordsLastUsedResponse
    )


class _Tokens:
    """Temporary credentials: the actions of AWS STS."""

    SERVICE = "doorward.credential.v1.TokenService"

    assume_role = Method(sessions.AssumeRoleRequest, sessions.AssumeRoleResponse)
    assume_role_with_web_identity = Method(
        sessions.AssumeRoleWithWebIdentityRequest, sessions.AssumeRoleWithWebIdentityResponse
    )
    get_session_token = Method(sessions.GetSessionTokenRequest, sessions.GetSessionTokenResponse)
    get_federation_token = Method(sessions.GetFederationTokenRequest, sessions.GetFederationTokenResponse)
    get_caller_identity = Method(sessions.GetCallerIdentityRequest, sessions.GetCallerIdentityResponse)
    get_access_key_info = Method(sessions.GetAccessKeyInfoRequest, sessions.GetAccessKeyInfoResponse)
    decode_authorization_message = Method(
        sessions.DecodeAuthorizationMessageRequest, sessions.DecodeAuthorizationMessageResponse
    )
    encode_authorization_message = Method(
        sessions.EncodeAuthorizationMessageRequest, sessions.EncodeAuthorizationMessageResponse
    )


class _Authentication:
    """Who is calling: signatures and sign-ins become passports."""

    SERVICE = "doorward.credential.v1.AuthenticationService"

    authenticate = Method(authentication.AuthenticateRequest, authentication.AuthenticateResponse)
    sign_in = Method(authentication.SignInRequest, authentication.SignInResponse)
    complete_sign_in = Method(authentication.CompleteSignInRequest, authentication.CompleteSignInResponse)
    send_sms_code = Method(authentication.SendSmsCodeRequest, authentication.SendSmsCodeResponse)
    change_expired_password = Method(
        authentication.ChangeExpiredPasswordRequest, authentication.ChangeExpiredPasswordResponse
    )
    renew_passport = Method(authentication.RenewPassportRequest, authentication.RenewPassportResponse)
    get_passport_keys = Method(authentication.GetPassportKeysRequest, authentication.GetPassportKeysResponse)
    rotate_keys = Method(authentication.RotateKeysRequest, authentication.RotateKeysResponse)


class _CredentialLog:
    """The credential log; its events are read with `events` of the client."""

    SERVICE = "doorward.credential.v1.LogService"

    get_head = Method(log.GetHeadRequest, log.GetHeadResponse)


class Credentials(_Credentials, SyncService): ...


class AsyncCredentials(_Credentials, AsyncService): ...


class Tokens(_Tokens, SyncService): ...


class AsyncTokens(_Tokens, AsyncService): ...


class Authentication(_Authentication, SyncService): ...


class AsyncAuthentication(_Authentication, AsyncService): ...


class CredentialLog(_CredentialLog, SyncService): ...


class AsyncCredentialLog(_CredentialLog, AsyncService): ...
