"""Whether a password that somebody chose may become one: the only place in the core that sees it, and tells nobody."""

import re
from collections.abc import Iterable

from doorward_kernel.errors import InvalidInput, PasswordPolicyViolation
from doorward_kernel.names import check_length

from doorward_keyring.password_policy import LONGEST_PASSWORD, PasswordPolicy

DEFAULT_SHORTEST = 8
SYMBOLS = "!@#$%^&*()_+-=[]{}|'"

_UPPERCASE = re.compile(r"[A-Z]")
_LOWERCASE = re.compile(r"[a-z]")
_NUMBERS = re.compile(r"[0-9]")
_SYMBOLS = re.compile(f"[{re.escape(SYMBOLS)}]")
_ALLOWED = re.compile("[\t\n\r -\xff]*")


def check_new_password(
    policy: PasswordPolicy | None, password: str, forbidden: Iterable[str], *, is_root: bool
) -> None:
    """Raises PasswordPolicyViolation, and InvalidInput for what no password can be; neither says what it was.

    The account's own policy counts in place of the default rules (8 characters, three of four kinds), but never for
    the root user (IAM user guide, "Set an account password policy for IAM users"). `forbidden` are the name of the
    account, of the user and the e-mail address, none of which is a password under any policy, ignoring case.
    """
    check_length(password, "password", 1, LONGEST_PASSWORD)
    if not _ALLOWED.fullmatch(password):
        raise InvalidInput(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
        )
    conforms = _conforms_to_default(password) if policy is None or is_root else _conforms(policy, password)
    if not conforms or password.casefold() in {name.casefold() for name in forbidden}:
        raise PasswordPolicyViolation("Password does not conform to the account password policy.")


def _conforms_to_default(password: str) -> bool:
    kinds = sum(kind.search(password) is not None for kind in (_UPPERCASE, _LOWERCASE, _NUMBERS, _SYMBOLS))
    return len(password) >= DEFAULT_SHORTEST and kinds >= 3


def _conforms(policy: PasswordPolicy, password: str) -> bool:
    required = (
        (policy.require_uppercase_characters, _UPPERCASE),
        (policy.require_lowercase_characters, _LOWERCASE),
        (policy.require_numbers, _NUMBERS),
        (policy.require_symbols, _SYMBOLS),
    )
    return len(password) >= policy.minimum_password_length and all(
        kind.search(password) is not None for is_required, kind in required if is_required
    )
