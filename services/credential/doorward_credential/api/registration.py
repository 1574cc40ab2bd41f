"""What the credential service serves."""

from collections.abc import Sequence

from doorward.credential.v1.authentication_service_pb2 import DESCRIPTOR as AUTHENTICATION
from doorward.credential.v1.authentication_service_pb2_grpc import add_AuthenticationServiceServicer_to_server
from doorward.credential.v1.credential_service_pb2 import DESCRIPTOR as CREDENTIAL
from doorward.credential.v1.credential_service_pb2_grpc import add_CredentialServiceServicer_to_server
from doorward.credential.v1.log_service_pb2 import DESCRIPTOR as LOG
from doorward.credential.v1.log_service_pb2_grpc import add_LogServiceServicer_to_server
from doorward.credential.v1.token_service_pb2 import DESCRIPTOR as TOKEN
from doorward.credential.v1.token_service_pb2_grpc import add_TokenServiceServicer_to_server
from doorward_runtime.rpc.server import Register, bound

from doorward_credential.api.authentication_service import AuthenticationServicer
from doorward_credential.api.credential_service import CredentialServicer
from doorward_credential.api.token_service import TokenServicer

SERVICES: Sequence[str] = tuple(
    service.full_name for file in (CREDENTIAL, TOKEN, AUTHENTICATION, LOG) for service in file.services_by_name.values()
)
"""Full names, for health and reflection."""


def registrations(
    credentials: CredentialServicer, tokens: TokenServicer, authentication: AuthenticationServicer, log: object
) -> Sequence[Register]:
    """The servicers, ready to be added to a server."""
    return (
        bound(add_CredentialServiceServicer_to_server, credentials),
        bound(add_TokenServiceServicer_to_server, tokens),
        bound(add_AuthenticationServiceServicer_to_server, authentication),
        bound(add_LogServiceServicer_to_server, log),
    )
