"""Settings that every process has; each service adds its own. All come from `DOORWARD_*` variables."""

import sys
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = "127.0.0.1"

_Settings = TypeVar("_Settings", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """What a process of Doorward is told by its environment.

    `service_key_file` holds the key that guards the services and that they show one another.
    Nothing listens beyond loopback before callers are authenticated, so `host` is not a setting.
    """

    model_config = SettingsConfigDict(env_prefix="DOORWARD_", extra="ignore", hide_input_in_errors=True)

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


class SealingSettings(ProcessSettings):
    """What a process that keeps something sealed is told besides: the keys that wrap the accounts' data keys.

    They are in a file, whose changes are taken over while the process runs, or in the environment, the newest first.
    There is no running without one, for then personal data would have to be refused or stored as it is.
    """

    key_encryption_key_file: Path | None = None
    key_encryption_key: SecretStr | None = Field(default=None, validate_default=True)
    key_encryption_key_look_seconds: float = Field(default=5.0, gt=0, description="between two looks at the file")

    @field_validator("key_encryption_key")
    @classmethod
    def _exactly_one(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (key is None) == (info.data.get("key_encryption_key_file") is None):
            found = "neither is" if key is None else "both are"
            raise ValueError(f"set either this or DOORWARD_KEY_ENCRYPTION_KEY_FILE: {found} set")
        return key

    def key_encryption_key_text(self) -> str | None:
        """The keys as they stand in the environment; None when they are in the file."""
        return None if self.key_encryption_key is None else self.key_encryption_key.get_secret_value()


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
