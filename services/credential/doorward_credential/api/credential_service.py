"""The credential service: all of its methods, each group in a file of its own."""

from dataclasses import dataclass

from doorward.credential.v1 import credential_service_pb2_grpc as rpc
from doorward_eventlog.last_used import LastUses
from doorward_runtime.rpc.shapes import checks_shapes

from doorward_credential.api.access_keys import AccessKeyMethods
from doorward_credential.api.credentials_of import CredentialsOfMethods
from doorward_credential.api.login_profiles import LoginProfileMethods
from doorward_credential.api.method import Callers
from doorward_credential.api.mfa_devices import MfaDeviceMethods
from doorward_credential.api.once import takes_no_client_tokens
from doorward_credential.api.password_policies import PasswordPolicyMethods
from doorward_credential.api.revocations import CredentialReportMethods, RevocationMethods
from doorward_credential.api.shapes import CREDENTIAL_SERVICE, CREDENTIAL_SHAPES
from doorward_credential.application.access_keys import AccessKeys
from doorward_credential.application.attempts import Attempts
from doorward_credential.application.credential_report import CredentialReports
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.mfa_devices import MfaDevices
from doorward_credential.application.passwords import Passwords
from doorward_credential.application.people import People
from doorward_credential.application.registrations import Registrations
from doorward_credential.application.revocations import Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What the methods stand on."""

    callers: Callers
    people: People
    keyrings: Keyrings
    passwords: Passwords
    attempts: Attempts
    access_keys: AccessKeys
    devices: MfaDevices
    registrations: Registrations
    reports: CredentialReports
    revocations: Revocations
    uses: LastUses


@takes_no_client_tokens(CREDENTIAL_SERVICE)
@checks_shapes(CREDENTIAL_SERVICE, CREDENTIAL_SHAPES)
class CredentialServicer(
    LoginProfileMethods,
    PasswordPolicyMethods,
    AccessKeyMethods,
    CredentialReportMethods,
    MfaDeviceMethods,
    RevocationMethods,
    CredentialsOfMethods,
    rpc.CredentialServiceServicer,
):
    """Serves `doorward.credential.v1.CredentialService`."""

    def __init__(self, on: Administration) -> None:
        self._callers = on.callers
        self._people = on.people
        self._keyrings = on.keyrings
        self._passwords = on.passwords
        self._attempts = on.attempts
        self._access_keys = on.access_keys
        self._devices = on.devices
        self._registrations = on.registrations
        self._reports = on.reports
        self._revocations = on.revocations
        self._uses = on.uses
