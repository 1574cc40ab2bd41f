"""Passports, keys and clocks for tests."""

from collections.abc import Mapping
from inspect import isawaitable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from doorward_kernel.errors import Unavailable
from doorward_kernel.ids import AccountId
from doorward_keyring.passport import Passport, PassportKind, SessionLimits
from doorward_runtime.passports import PassportSigner, PassportVerifier
from immutables import Map

NOW = 1_800_000_000
ACCOUNT = AccountId("123456789012")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNER = PassportSigner("one", KEY)

ALICE = Passport(
    kind=PassportKind.USER,
    account=ACCOUNT,
    principal_id="AIDAALICEALICEALICE22",
    name="",
    access_key_id="AKIAALICEALICEALICE2",
    authenticated_at=NOW - 60,
    temporary=False,
)
SESSION = Passport(
    kind=PassportKind.ROLE_SESSION,
    account=ACCOUNT,
    principal_id="AROADEPLOYDEPLOYDEPLO",
    name="nightly",
    access_key_id="ASIADEPLOYDEPLOYDEPL",
    authenticated_at=NOW - 60,
    temporary=True,
    mfa_at=NOW - 90,
    limits=SessionLimits(
        policy="{}",
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        tags=Map({"team": "blue"}),
        transitive_tag_keys=("team",),
        source_identity="alice",
        federated_provider="arn:aws:iam::123456789012:oidc-provider/login.example.com",
    ),
)


class Keys:
    """PassportKeys that a test changes; counts how often it is asked."""

    def __init__(self, **keys: Ed25519PrivateKey) -> None:
        self.keys = {kid: key.public_key() for kid, key in keys.items()}
        self.asked = 0
        self.down = False

    async def fetch(self) -> Mapping[str, Ed25519PublicKey]:
        self.asked += 1
        if self.down:
            raise Unavailable("down")
        return dict(self.keys)


class Clock:
    """Seconds since 1970, moved by the test."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def verified(verifier: PassportVerifier, token: str) -> Passport:
    """Awaits if it must."""
    passport = verifier.verify(token)
    return await passport if isawaitable(passport) else passport
