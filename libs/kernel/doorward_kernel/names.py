"""Names and paths as AWS's models constrain them (IAM API reference), with AWS's messages."""

import re

from doorward_kernel.errors import InvalidInput

MAX_PATH = 512

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|/[!-~]+/", re.ASCII)


def name_key(name: str) -> str:
    """What a name is found by: names of users, groups, managed policies and devices are unique ignoring case."""
    lowered = name.lower()
    return name if lowered == name else lowered  # most are lower case, and one object serves as both


def check_name(name: str, field: str, longest: int) -> None:
    """Raises InvalidInput unless `name` is 1 to `longest` letters, digits and `+=,.@_-`."""
    check_length(name, field, 1, longest)
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"The specified value for {field} is invalid. "
            "It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )


def check_path(path: str, field: str = "path", allowed: re.Pattern[str] = _PATH) -> None:
    """Raises InvalidInput unless `path` is `/`, or begins and ends with `/` and is printable ASCII.

    `allowed` is what else is asked of it.
    """
    check_length(path, field, 1, MAX_PATH)
    if not allowed.fullmatch(path):
        raise InvalidInput(
            f"The specified value for {field} is invalid. "
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        )


def check_length(text: str, field: str, shortest: int, longest: int) -> None:
    """Raises InvalidInput, as AWS's models do, unless `text` has `shortest` to `longest` characters."""
    if shortest <= len(text) <= longest:
        return
    bound = f"less than or equal to {longest}" if len(text) > longest else f"greater than or equal to {shortest}"
    raise InvalidInput(
        f"1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have length {bound}"
    )


def check_number(number: int, field: str, least: int, most: int) -> None:
    """Raises InvalidInput, as AWS's models do, unless `number` is from `least` to `most`."""
    if least <= number <= most:
        return
    bound = f"greater than or equal to {least}" if number < least else f"less than or equal to {most}"
    raise InvalidInput(
        f"1 validation error detected: Value '{number}' at '{field}' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )
