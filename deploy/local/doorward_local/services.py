"""Doorward's own services as programs, and whether a gRPC server is healthy."""

import os
import sys
from collections.abc import Mapping
from urllib.parse import quote

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from doorward_local.data_directory import DataDirectory
from doorward_local.ports import LOOPBACK
from doorward_local.process import Program


def identity_program(directory: DataDirectory, ports: Mapping[str, int]) -> Program:
    """The identity service on SQLite."""
    return _service(
        "identity",
        directory,
        ports,
        {
            "DOORWARD_PORT": str(ports["identity"]),
            "DOORWARD_DATABASE_URL": f"sqlite:///{quote(str(directory.path / 'identity.db'))}",
            "DOORWARD_KEY_ENCRYPTION_KEY_FILE": str(directory.key_encryption_key_file()),
            "DOORWARD_CREDENTIAL_TARGET": f"{LOOPBACK}:{ports['credential']}",
            "DOORWARD_DECISION_TARGET": f"{LOOPBACK}:{ports['decision']}",
        },
        (ports["identity"],),
    )


def credential_program(directory: DataDirectory, ports: Mapping[str, int]) -> Program:
    """The credential service on SQLite. What it would send to telephones it writes to a file."""
    return _service(
        "credential",
        directory,
        ports,
        {
            "DOORWARD_PORT": str(ports["credential"]),
            "DOORWARD_HTTP_PORT": str(ports["credential_http"]),
            "DOORWARD_DATABASE_URL": f"sqlite:///{quote(str(directory.path / 'credential.db'))}",
            "DOORWARD_KEY_ENCRYPTION_KEY_FILE": str(directory.key_encryption_key_file()),
            "DOORWARD_IDENTITY_TARGET": f"{LOOPBACK}:{ports['identity']}",
            "DOORWARD_DECISION_TARGET": f"{LOOPBACK}:{ports['decision']}",
            "DOORWARD_SMS": "file",
            "DOORWARD_SMS_FILE": str(directory.path / "sms.txt"),
            "DOORWARD_CREDENTIAL_REPORT_HOURS": "0",
        },
        (ports["credential"],),
    )


def decision_program(directory: DataDirectory, ports: Mapping[str, int]) -> Program:
    """One replica of the decision service."""
    return _service(
        "decision",
        directory,
        ports,
        {
            "DOORWARD_PORT": str(ports["decision"]),
            "DOORWARD_ADMIN_PORT": str(ports["decision_admin"]),
            "DOORWARD_IDENTITY_TARGET": f"{LOOPBACK}:{ports['identity']}",
            "DOORWARD_CREDENTIAL_TARGET": f"{LOOPBACK}:{ports['credential']}",
            "DOORWARD_REDIS_URL": f"redis://{LOOPBACK}:{ports['valkey']}/0",
            "DOORWARD_REDIS_PASSWORD_FILE": str(directory.key_file("valkey")),
            "DOORWARD_HOT_PATH": os.environ.get("DOORWARD_HOT_PATH", "auto"),
        },
        (ports["decision_admin"], ports["decision"]),
    )


def healthy(port: int, seconds: float = 0.5) -> bool:
    """Whether the gRPC server on `port` says within `seconds` that it is serving."""
    with grpc.insecure_channel(f"{LOOPBACK}:{port}") as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=HealthCheckRequest.SerializeToString,
            response_deserializer=HealthCheckResponse.FromString,
        )
        try:
            return bool(check(HealthCheckRequest(), timeout=seconds).status == HealthCheckResponse.SERVING)
        except grpc.RpcError:
            return False


def _service(
    name: str,
    directory: DataDirectory,
    ports: Mapping[str, int],
    environment: dict[str, str],
    ready: tuple[int, ...],
) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-P", "-m", f"doorward_{name}"),
        log=directory.logs / f"{name}.log",
        ready=lambda: all(healthy(port) for port in ready),
        environment={
            "DOORWARD_SERVICE_KEY_FILE": str(directory.key_file("service")),
            "DOORWARD_LOG_LEVEL": os.environ.get("DOORWARD_LOG_LEVEL", "INFO"),
            "DOORWARD_LOG_FORMAT": "json",
            "DOORWARD_NATS_URL": f"nats://{LOOPBACK}:{ports['nats']}",
            "DOORWARD_NATS_TOKEN_FILE": str(directory.key_file("nats")),
            **environment,
        },
        start_seconds=30,
    )
