"""Whether a passport still holds, as far as the credential log tells."""

from doorward_keyring.access_keys import AccessKeyStatus
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport
from doorward_keyring.revocations import is_revoked

_TEMPORARY_KEY = "ASIA"


def refusal(keyring: Keyring | None, passport: Passport) -> str | None:
    """Why the passport no longer holds; None when it does. `keyring` is that of its account, None while it is empty.

    A long-term key must be there, active and its principal's. Keys of sessions are not in the log: what ends a session
    is a revocation, of all that was authenticated in its second or before.
    """
    key_id = passport.access_key_id
    is_long_term = key_id != "" and not key_id.startswith(_TEMPORARY_KEY)
    if keyring is None:
        return f"there is no access key `{key_id}`" if is_long_term else None
    if keyring.erased_at is not None:
        return "all credentials of the account were erased"
    if is_long_term:
        key = keyring.access_keys.get(key_id)
        if key is None or key.principal_id != passport.principal_id:
            return f"there is no access key `{key_id}`"
        if key.status != AccessKeyStatus.ACTIVE:
            return f"the access key `{key_id}` is inactive"
    if is_revoked(keyring, passport.principal_id, passport.authenticated_at):
        return "the sessions of that time were revoked"
    return None
