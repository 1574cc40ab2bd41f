"""Parameters that are one of a few words."""

from collections.abc import Sequence

from doorward_kernel.errors import InvalidInput


def check_choice(field: str, value: str, choices: Sequence[str], absent: str) -> str:
    """The value, or `absent` when it is empty. Raises InvalidInput, naming AWS's `field`, when it is no choice."""
    if not value:
        return absent
    if value not in choices:
        raise InvalidInput(
            f"1 validation error detected: Value '{value[:64]}' at '{field}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(choices)}]"
        )
    return value
