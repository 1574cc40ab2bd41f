"""Amazon Resource Names: `arn:partition:service:region:account:resource`."""

from dataclasses import dataclass
from typing import Self

from doorward_kernel.errors import InvalidInput

MAX_ARN_LENGTH = 2048
PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN behind the word `arn`; `resource` may itself hold colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split an ARN. Raises InvalidInput when it does not have six parts."""
        return cls(*split_arn(text)[1:])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def split_arn(text: str) -> list[str]:
    """The word `arn` and the five parts behind it. Raises InvalidInput as `Arn.parse`; the hot path's shortcut."""
    if len(text) > MAX_ARN_LENGTH:
        raise InvalidInput(f"an ARN has at most {MAX_ARN_LENGTH} characters, this one {len(text)}")
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        raise InvalidInput(f"`{text}` is not an ARN: expected `arn:partition:service:region:account:resource`")
    return parts


def iam_arn(account: str, kind: str, path: str, name: str) -> str:
    """The ARN of an IAM entity: `kind` is `user`, `group`, `role` or `policy`; `path` starts and ends with `/`."""
    return f"arn:{PARTITION}:iam::{account}:{kind}{path}{name}"
