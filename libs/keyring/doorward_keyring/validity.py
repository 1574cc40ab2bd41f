"""Whether a passport still holds, as far as the credential log tells."""

from doorward_kernel.ids import TEMPORARY_KEY_PREFIX

from doorward_keyring.access_keys import AccessKeyStatus
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport
from doorward_keyring.revocations import is_revoked


def refusal(keyring: Keyring | None, passport: Passport) -> str | None:
    """Why the passport no longer holds; None when it does. `keyring` is that of its account, None while it is empty.

    A long-term key must be there, active and its principal's; revocations of sessions do not touch it, as a denial by
    `aws:TokenIssueTime` does not (IAM user guide, "Revoke IAM role temporary security credentials"). Keys of sessions
    are not in the log: what ends a session is a revocation, of all that was authenticated in its second or before.
    """
    key_id = passport.access_key_id
    is_long_term = key_id != "" and not key_id.startswith(TEMPORARY_KEY_PREFIX)
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
    if not is_long_term and is_revoked(keyring, passport.principal_id, passport.authenticated_at):
        return "the sessions of that time were revoked"
    return None
