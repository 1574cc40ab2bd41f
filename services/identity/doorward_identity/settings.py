"""What the identity service is told by its environment."""

from pathlib import Path

from doorward_runtime.settings import SealingSettings
from pydantic import Field


class Settings(SealingSettings):
    """`DOORWARD_*` variables of the identity service.

    `credential_target` and `decision_target` are `host:port` of the services that tell the keys of passports and decide
    what their bearers may do; without both, only the service key may call what needs permission.
    """

    port: int = Field(ge=0, le=65535)
    database_url: str = Field(repr=False, description="sqlite:///path or postgresql+psycopg://user@host/database")
    nats_url: str = "nats://127.0.0.1:4222"
    nats_token_file: Path | None = None
    nats_replicas: int = Field(default=1, ge=1, le=5, description="copies of the stream in the NATS cluster")
    credential_target: str | None = None
    decision_target: str | None = None
