"""The clients have every unary method that `proto/` declares, with its types."""

import pytest
from doorward.credential.v1 import authentication_service_pb2, credential_service_pb2, token_service_pb2
from doorward.credential.v1 import log_service_pb2 as credential_log_service_pb2
from doorward.decision.v1 import decision_service_pb2, replica_service_pb2
from doorward.identity.v1 import identity_service_pb2, log_service_pb2, organization_service_pb2
from doorward_client import AsyncClient, Client, credential_services, services
from doorward_client.methods import AsyncService, Method, SyncService

FILES = (
    identity_service_pb2,
    organization_service_pb2,
    log_service_pb2,
    decision_service_pb2,
    replica_service_pb2,
    credential_service_pb2,
    token_service_pb2,
    authentication_service_pb2,
    credential_log_service_pb2,
)
DECLARED = {service.full_name: service for file in FILES for service in file.DESCRIPTOR.services_by_name.values()}
STREAMS = {"ReadEvents", "ReadAccount"}
SYNC: tuple[type[SyncService], ...] = (
    services.Identity,
    services.Organization,
    services.Log,
    services.Decisions,
    services.Replica,
    credential_services.Credentials,
    credential_services.Tokens,
    credential_services.Authentication,
    credential_services.CredentialLog,
)
ASYNC: tuple[type[AsyncService], ...] = (
    services.AsyncIdentity,
    services.AsyncOrganization,
    services.AsyncLog,
    services.AsyncDecisions,
    services.AsyncReplica,
    credential_services.AsyncCredentials,
    credential_services.AsyncTokens,
    credential_services.AsyncAuthentication,
    credential_services.AsyncCredentialLog,
)


def methods_of(kind: type) -> dict[str, Method[..., object]]:  # type: ignore[type-var]
    found = {name: each for base in kind.__mro__ for name, each in vars(base).items() if isinstance(each, Method)}
    return {each.rpc: each for each in found.values()}


@pytest.mark.parametrize("kind", [*SYNC, *ASYNC], ids=lambda kind: kind.__name__)
def test_every_unary_method_of_a_service_is_there_with_its_types(kind: type) -> None:
    methods = methods_of(kind)
    declared = {each.name: each for each in DECLARED[vars(kind.__mro__[1])["SERVICE"]].methods}

    assert set(methods) == set(declared) - STREAMS
    for name, method in methods.items():
        assert method.name.replace("_", "") == name.lower()
        assert method.request.DESCRIPTOR is declared[name].input_type  # type: ignore[attr-defined]
        assert method.answer.DESCRIPTOR is declared[name].output_type  # type: ignore[attr-defined]


def test_no_service_is_forgotten() -> None:
    assert {vars(kind.__mro__[1])["SERVICE"] for kind in SYNC} == set(DECLARED)
    assert {vars(kind.__mro__[1])["SERVICE"] for kind in ASYNC} == set(DECLARED)


def test_both_clients_have_the_same_surface() -> None:
    def surface(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert surface(Client) == surface(AsyncClient)
