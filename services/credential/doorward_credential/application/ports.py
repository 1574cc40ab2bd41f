"""What the credential service needs from the outside world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# --- passwords ---

LONGEST_PASSWORD = 128
"""Characters of a password, at most (IAM API reference, CreateLoginProfile)."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a password was right, and whether it should now be hashed anew because the cost or the pepper changed."""

    ok: bool
    needs_rehash: bool


class PasswordHasher(Protocol):
    """Turns passwords into text that proves them and tells nothing else.

    Each call is as expensive as the others, and may raise Throttling when too many passwords are being checked.
    """

    async def hash(self, password: str) -> str:
        """The text to store. Raises InvalidInput for more than LONGEST_PASSWORD characters."""
        ...

    async def verify(self, stored: str, password: str) -> Verified:
        """Whether it is the password that was stored so.

        Raises Unavailable when the pepper that it was stored with is not configured.
        """
        ...

    async def waste(self, password: str) -> None:
        """Work like `verify`, for a user that does not exist: the time taken must not tell."""
        ...


# --- passkeys ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyCredential:
    """What is kept of a registered passkey. Nothing in it is secret."""

    credential_id: bytes
    public_key: bytes
    """As COSE (RFC 9052), encoded."""
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]
    aaguid: str
    """The model of the authenticator, as a UUID; all zeros when it does not say."""
    user_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAssertion:
    """What a passkey said when it was shown."""

    new_sign_count: int
    """To be kept: the next one must be higher, unless both are 0."""
    backed_up: bool
    user_verified: bool


class Passkeys(Protocol):
    """WebAuthn (level 2) as the relying party sees it: no state, no clock, no randomness.

    A challenge is 16 random bytes or more, for one ceremony. Options and responses are JSON as
    `PublicKeyCredential.parseCreationOptionsFromJSON()`, `.parseRequestOptionsFromJSON()` and `.toJSON()` have it.
    """

    def registration_options(
        self, challenge: bytes, *, user_handle: bytes, user_name: str, known: Sequence[PasskeyCredential]
    ) -> str:
        """What the browser is asked. `user_handle`: 1 to 64 bytes that name nobody. `known` cannot register again."""
        ...

    def registered(self, response: str, challenge: bytes) -> PasskeyCredential:
        """The passkey that was made. Raises InvalidInput for any other response than that to `challenge`."""
        ...

    def assertion_options(self, challenge: bytes, *, known: Sequence[PasskeyCredential]) -> str:
        """What the browser is asked, to have one of the passkeys in `known` shown."""
        ...

    def credential_id(self, response: str) -> bytes:
        """Which passkey an assertion claims to be of. Raises InvalidInput for what is no assertion."""
        ...

    def asserted(self, response: str, challenge: bytes, credential: PasskeyCredential) -> PasskeyAssertion:
        """What the passkey said. Raises InvalidInput for what is no assertion, Unauthenticated for a wrong one."""
        ...


# --- web identities ---


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredProvider:
    """An OIDC provider as an account registered it; `url` is without `https://`, thumbprints are SHA-1 in hex."""

    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """Who a provider says the bearer of its token is."""

    issuer: str
    """The provider's URL, with `https://`."""
    subject: str
    audience: str
    """The client that the token is for: `azp` when the token has it, else `aud`."""
    expires_at: int
    """Seconds since 1970, UTC."""
    claims: Mapping[str, Any]
    """All claims of the token, as JSON."""


class WebIdentityTokens(Protocol):
    """ID tokens of OIDC providers (OpenID Connect Core 1.0), as AssumeRoleWithWebIdentity takes them."""

    def issuer(self, token: str) -> str:
        """Who issued the token, as the token itself says; nothing is verified. Raises InvalidIdentityToken."""
        ...

    async def verify(self, token: str, provider: RegisteredProvider, now: int) -> WebIdentity:
        """Who the token is of. `now`: seconds since 1970, UTC.

        Raises InvalidIdentityToken for a token that is malformed, not the provider's, or not for one of its registered
        clients, ExpiredIdentityToken for one that is over, IDPRejectedClaim for one that is not valid yet, and
        IDPCommunicationError when the provider does not tell its keys in time.
        """
        ...


# --- activity ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that is worth to be seen by whoever watches an account, and that changes nothing.

    `account` and `principal_id` are empty when nobody was found; `reason` is that of the error, empty for a success.
    """

    type: str
    """Such as `SignInSucceeded`; what ends in `Failed` is counted, not told one by one."""
    account: str
    principal_id: str
    source_ip: str
    reason: str


class Activity(Protocol):
    """Where activity is noted: at once, without waiting, and without a promise that it arrives."""

    def note(self, happened: Happened) -> None: ...


# --- telephones ---


class SmsSender(Protocol):
    """Sends text to telephones."""

    async def send(self, phone_number: str, text: str) -> None:
        """Raises InvalidInput when no sender is set up, Unavailable when it does not work now."""
        ...
