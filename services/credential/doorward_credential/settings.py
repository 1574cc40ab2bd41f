"""What the credential service is told by its environment."""

from pathlib import Path
from typing import Literal

from doorward_runtime.settings import SealingSettings
from pydantic import Field


class Settings(SealingSettings):
    """`DOORWARD_*` variables of the credential service."""

    port: int = Field(ge=0, le=65535)
    http_port: int = Field(default=0, ge=0, le=65535, description="serves /.well-known/jwks.json; 0: not at all")
    database_url: str = Field(repr=False, description="sqlite:///path or postgresql+psycopg://user@host/database")
    nats_url: str = "nats://127.0.0.1:4222"
    nats_token_file: Path | None = None
    nats_replicas: int = Field(default=1, ge=1, le=5, description="copies of the streams in the NATS cluster")
    identity_target: str = Field(description="host:port of the identity service")
    decision_target: str = Field(description="host:port of the decision service")
    max_staleness_seconds: float = Field(default=30.0, gt=0)
    held_accounts: int = Field(default=10_000, ge=2, description="accounts kept in memory")

    argon2_memory_kib: int = Field(default=46 * 1024, ge=19 * 1024)
    argon2_passes: int = Field(default=1, ge=1)
    argon2_threads: int = Field(default=0, ge=0, description="passwords at once; 0: half of the cores")
    argon2_waiting: int = Field(default=64, ge=1, description="passwords that may wait to be checked")
    pepper_file: Path | None = Field(default=None, description="lines `version key`, the newest first")

    relying_party_id: str = Field(default="localhost", description="the domain that passkeys are for")
    relying_party_name: str = "Doorward"
    relying_party_origins: list[str] = Field(default=["http://localhost"])

    key_rotation_days: float = Field(default=30.0, gt=0, description="age at which signing keys are replaced")
    credential_report_hours: float = Field(default=4.0, ge=0, description="age at which a report is made anew")
    sms: Literal["off", "file"] = "off"
    sms_file: Path | None = None
