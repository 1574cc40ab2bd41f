"""Passports of every kind for tests."""

from dataclasses import replace

from doorward_keyring.passport import Passport, PassportKind

from tests.unit.keyring.world import ACCOUNT, ALICE, START, key

KEY = Passport(
    kind=PassportKind.USER,
    account=ACCOUNT,
    principal_id=ALICE,
    name="",
    access_key_id=key(1).access_key_id,
    authenticated_at=int(START.timestamp()),
    temporary=False,
)
SIGN_IN = replace(KEY, access_key_id="", temporary=True)
SESSION_TOKEN = replace(KEY, access_key_id="ASIA00000000000000AA", temporary=True)
ROLE = replace(SESSION_TOKEN, kind=PassportKind.ROLE_SESSION, principal_id="AROAROLE", name="s")
FEDERATED = replace(SESSION_TOKEN, kind=PassportKind.FEDERATED_USER, name="feddy")
ROOT = replace(KEY, kind=PassportKind.ROOT, principal_id=ACCOUNT, access_key_id=key(2).access_key_id)
ROOT_SESSION = replace(ROOT, access_key_id="ASIA00000000000000AB", temporary=True)
