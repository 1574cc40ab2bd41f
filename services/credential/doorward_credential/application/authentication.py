"""Requests signed with an access key become passports, by AWS Signature Version 4.

First what costs nothing, then the signature, then whether the caller still holds; nothing tells an unknown key from a
deactivated one.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from doorward_kernel.errors import ExpiredToken, InvalidInput, SignatureDoesNotMatch, Unauthenticated
from doorward_kernel.ids import ACCESS_KEY_PREFIX, TEMPORARY_KEY_PREFIX, AccountId, account_of_access_key
from doorward_keyring.access_keys import AccessKeyStatus
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport, PassportKind
from doorward_keyring.sigv4 import (
    HttpRequest,
    SignedRequest,
    check_body,
    check_scope,
    check_time,
    day_key,
    matches,
    parse,
    scope_key,
)

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import EXPIRED, IssuedPassport, Passports, check_not_refused
from doorward_credential.application.people import INVALID_TOKEN, People, is_there
from doorward_credential.application.reissues import Reissues
from doorward_credential.application.replays import Replays
from doorward_credential.application.signing_keys import SigningKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import Uses

REISSUE_SECONDS = 60
"""The same session gets the same passport for so long, so that whoever verifies passports remembers it."""

_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_SPARE = day_key("x" * 40, "20000101")
"""What requests of unknown keys are checked with, so that they take as long."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a signature is checked with, the key of its day, and who made it when it is right."""

    day_key: bytes
    passport: Passport
    until: int | None


class Authentication:
    """Verifies signatures from memory; waits only for keys that were not seen before."""

    def __init__(
        self,
        keyrings: Keyrings,
        keyrings_are_new: Callable[[], bool],
        stored: StoredSecrets,
        people: People,
        passports: Passports,
        uses: Uses,
        mint: Mint,
    ) -> None:
        self._keyrings = keyrings
        self._keyrings_are_new = keyrings_are_new
        self._people = people
        self._passports = passports
        self._uses = uses
        self._mint = mint
        self._signing_keys = SigningKeys(stored)
        self._reissues = Reissues()
        self._replays = Replays()

    async def authenticate(
        self,
        request: HttpRequest,
        *,
        changes_something: bool,
        services: Collection[str] = (),
        regions: Collection[str] = (),
        unsigned_body: bool = False,
    ) -> tuple[IssuedPassport, SignedRequest]:
        """Who signed the request, and for what.

        `services` and `regions`: those that it may be signed for, any when there are none. `unsigned_body`: whether it
        may have a body that its signature says nothing of.

        Raises IncompleteSignature, MissingAuthenticationToken, SignatureDoesNotMatch, Unauthenticated
        (InvalidClientTokenId), ExpiredToken, InvalidInput, LimitExceeded; Throttling when too many changes were signed;
        Unavailable when it cannot be told now.
        """
        signed = parse(request)
        now = self._mint.seconds()
        check_time(signed, now)
        scope = signed.scope
        check_scope(signed, services=services or {scope.service}, regions=regions or {scope.region})
        if not unsigned_body:
            check_body(signed, request.body_sha256)
        account = _account_of(signed.access_key_id)
        proof = None if account is None else await self._proof(account, signed, now)
        key = scope_key(_SPARE if proof is None else proof.day_key, scope.region, scope.service)
        if not matches(signed, key) and proof is not None:
            raise SignatureDoesNotMatch(_WRONG)
        if proof is None or account is None:
            raise Unauthenticated(INVALID_TOKEN)
        if proof.until is not None and proof.until <= now:
            raise ExpiredToken(EXPIRED)
        if not signed.session_token:
            self._signing_keys.proven(signed.access_key_id, scope.date, proof.day_key)
        issued = await self._issue(account, signed, proof, now)
        if changes_something:
            self._replays.check(account, signed, now)
        self._uses.note(issued.passport, signed.access_key_id, scope.service, scope.region, now)
        return issued, signed

    async def _proof(self, account: AccountId, signed: SignedRequest, now: int) -> _Proof | None:
        """None for a key that is not there, inactive, or without its token."""
        if signed.access_key_id.startswith(TEMPORARY_KEY_PREFIX):
            return await self._proof_of_session(signed)
        if signed.session_token:
            return None
        key = (await self._keyring(account)).access_keys.get(signed.access_key_id)
        if key is None or key.status is not AccessKeyStatus.ACTIVE:
            return None
        derived = await self._signing_keys.find(account, key.access_key_id, signed.scope.date)
        if derived is None:
            return None
        kind = PassportKind.ROOT if key.principal_id == account else PassportKind.USER
        passport = Passport(
            kind=kind,
            account=account,
            principal_id=key.principal_id,
            name="",
            access_key_id=key.access_key_id,
            authenticated_at=now,
            temporary=False,
        )
        return _Proof(derived, passport, None)

    async def _proof_of_session(self, signed: SignedRequest) -> _Proof | None:
        if not signed.session_token:
            return None
        session = self._passports.session_now(signed.session_token)
        if session is None:
            session = await self._passports.session(signed.session_token)
        if session.passport.access_key_id != signed.access_key_id:
            return None
        return _Proof(day_key(session.secret_access_key, signed.scope.date), session.passport, session.expires_at)

    async def _issue(self, account: AccountId, signed: SignedRequest, proof: _Proof, now: int) -> IssuedPassport:
        """Raises Unauthenticated when the principal is gone or its sessions are revoked."""
        keyring = await self._keyring(account)
        issued = self._reissues.get(signed.access_key_id, signed.session_token)
        if issued is None or issued.expires_at - now < REISSUE_SECONDS or not _holds(keyring, issued.passport):
            check_not_refused(keyring, proof.passport)
            issued = self._passports.issue(proof.passport, proof.until)
            self._reissues.keep(signed.access_key_id, signed.session_token, issued)
        found = self._people.account_now(account) or await self._people.account(account)
        if not is_there(found, issued.passport):
            found = await self._people.account(account, latest=True)
            if not is_there(found, issued.passport):
                raise Unauthenticated(INVALID_TOKEN)
        return issued

    async def _keyring(self, account: AccountId) -> Keyring:
        """From memory as long as this process hears what others commit, else from the log."""
        recent = self._keyrings.recent(account) if self._keyrings_are_new() else None
        return recent or await self._keyrings.get(account)


def _account_of(access_key_id: str) -> AccountId | None:
    if not access_key_id.startswith((ACCESS_KEY_PREFIX, TEMPORARY_KEY_PREFIX)):
        return None
    try:
        return account_of_access_key(access_key_id)
    except InvalidInput:
        return None


def _holds(keyring: Keyring, passport: Passport) -> bool:
    try:
        check_not_refused(keyring, passport)
    except Unauthenticated:
        return False
    return True
