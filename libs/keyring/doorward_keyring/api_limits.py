"""Which APIs a session may call at all, whatever policies say (STS API reference; IAM user guide, "Compare AWS STS
credentials")."""

from doorward_kernel.ids import TEMPORARY_KEY_PREFIX

from doorward_keyring.passport import Passport, PassportKind

_OWN = frozenset({"iam", "doorward"})
"""Services that change who may do what."""


def api_refusal(passport: Passport, action: str) -> str | None:
    """Why the bearer may not call an API, in AWS's words; None when policies decide. `action` is such as
    `iam:CreateUser`.

    Whoever signed in without a key is not bound: a console administers without MFA, too, unless policies forbid it.
    """
    service, _, name = action.partition(":")
    service, called = service.lower(), name.lower()
    if service not in {*_OWN, "sts"}:
        return None
    match passport.kind:
        case PassportKind.FEDERATED_USER:
            allowed = service == "sts" and called == "getcalleridentity"
            return None if allowed else f"Cannot call {name} with federated user credentials"
        case PassportKind.ROLE_SESSION:
            refused = service == "sts" and called in {"getsessiontoken", "getfederationtoken"}
        case _ if passport.access_key_id.startswith(TEMPORARY_KEY_PREFIX):  # GetSessionToken
            if service in _OWN:
                return None if passport.mfa_present else f"Cannot call {name} with session credentials without MFA"
            refused = called not in {"assumerole", "getcalleridentity"}
        case _:
            refused = False
    return f"Cannot call {name} with session credentials" if refused else None
