"""What the decision service is told by its environment."""

from pathlib import Path
from typing import Literal

from doorward_runtime.settings import ProcessSettings
from pydantic import Field


class Settings(ProcessSettings):
    """`DOORWARD_*` variables of the decision service."""

    port: int = Field(ge=0, le=65535, description="the hot path")
    admin_port: int = Field(ge=0, le=65535)
    identity_target: str = Field(description="host:port of the identity service")
    credential_target: str | None = Field(
        default=None, description="host:port of the credential service; without it passports are not taken"
    )
    nats_url: str = "nats://127.0.0.1:4222"
    nats_token_file: Path | None = None
    redis_url: str | None = Field(default=None, repr=False)
    redis_password_file: Path | None = None
    hot_path: Literal["auto", "pyvoy", "grpc"] = "auto"
    max_staleness_seconds: float = Field(default=30.0, gt=0)
    held_accounts: int = Field(default=10_000, ge=2, description="accounts kept in memory")
