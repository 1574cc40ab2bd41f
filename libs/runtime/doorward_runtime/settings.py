"""Settings that every process has; each service adds its own. All come from `DOORWARD_*` variables."""

import sys
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = "127.0.0.1"

_Settings = TypeVar("_Settings", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """What a process of Doorward is told by its environment.

    `service_key_file` holds the key that guards the services and that they show one another.
    Nothing listens beyond loopback before callers are authenticated, so `host` is not a setting.
    """

    model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="ignore")

    service_key_file: Path
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"
    metrics_port: int = Field(default=0, ge=0, le=65535, description="0: no metrics port")
    shutdown_seconds: float = Field(default=10.0, gt=0)

    def service_key(self) -> str:
        """Read the key. Raises OSError when the file cannot be read and ValueError when it holds no key."""
        key = self.service_key_file.read_text().strip()
        if len(key) < 32:
            raise ValueError(f"{self.service_key_file} holds no service key: expected 32 characters or more")
        return key


def load(kind: type[_Settings]) -> _Settings:
    """Read the settings; what is missing or wrong ends the process with one line for each."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            print(f"{kind.model_config.get('env_prefix', '')}{name}: {problem['msg']}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def read_secret(file: Path | None) -> str | None:
    """The secret that a file holds, without the white space around it; None without a file."""
    return None if file is None else file.read_text().strip()
