"""Signing in: account or alias, user and password, a second factor where there is one; then a passport.

Unknown and wrong look alike: one answer, the same work, the same delays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from doorward_kernel.errors import AuthenticationFailed, InvalidInput, NoSuchEntity, Unauthenticated
from doorward_kernel.ids import AccountId
from doorward_kernel.revision import Revision
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import SmsDevice, mfa_devices_of
from doorward_keyring.passport import Passport, PassportKind
from doorward_keyring.password_policy import is_expired
from doorward_keyring.validity import refusal

from doorward_credential.application.attempts import Attempts, Source
from doorward_credential.application.challenges import Challenges
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import IssuedPassport, Passports, check_not_refused
from doorward_credential.application.passwords import Passwords
from doorward_credential.application.people import INVALID_TOKEN, People, Person, person
from doorward_credential.application.ports import SmsSender
from doorward_credential.application.registrations import same_text, sms_text
from doorward_credential.application.second_factors import SecondFactors, device_name, factors_of, from_text, to_text
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import Uses

SESSION_SECONDS = 43_200
"""How long passports can be had for one sign-in: twelve hours, as in AWS's console."""

_SECOND_FACTOR, _NEW_PASSWORD = "sign-in", "new password"
_FAILED = "Your authentication information is incorrect. Please try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What somebody shows; `email` for a root user, otherwise account (id or alias) and user name."""

    account: str = ""
    user_name: str = ""
    email: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    mfa_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor; one of them is not empty."""

    code: str = field(default="", repr=False)
    recovery_code: str = field(default="", repr=False)
    passkey_assertion: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Times in seconds since 1970."""

    issued: IssuedPassport
    session: str = field(repr=False)
    session_expires_at: int
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorNeeded:
    """The password was right."""

    challenge: str = field(repr=False)
    factors: Sequence[str]
    passkey_options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordNeeded:
    """The password was right, and must be changed."""

    challenge: str = field(repr=False)


Outcome = SignedIn | FactorNeeded | PasswordNeeded


class SigningIn:
    """Each method raises AuthenticationFailed for whatever is wrong, Throttling when it was tried too often, and
    Unavailable when it cannot be told now."""

    def __init__(
        self,
        *,
        keyrings: Keyrings,
        stored: StoredSecrets,
        people: People,
        passwords: Passwords,
        factors: SecondFactors,
        challenges: Challenges,
        passports: Passports,
        attempts: Attempts,
        uses: Uses,
        sms: SmsSender,
        mint: Mint,
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._people = people
        self._passwords = passwords
        self._factors = factors
        self._challenges = challenges
        self._passports = passports
        self._attempts = attempts
        self._uses = uses
        self._sms = sms
        self._mint = mint

    async def sign_in(self, shown: SignIn, source: Source) -> Outcome:
        """By password. Raises InvalidInput when it is not clear who is meant."""
        if bool(shown.email) == bool(shown.account) or bool(shown.account) != bool(shown.user_name):
            raise InvalidInput("give `account` and `userName`, or for a root user `email` alone")
        claimed = shown.email.lower() or f"{shown.account}/{shown.user_name.lower()}"
        async with self._attempts.of(claimed, source) as attempt:
            found = await self._find(shown)
            if found is None or found.account.closed_at is not None:
                await self._passwords.waste(shown.password)
                raise AuthenticationFailed(_FAILED)
            attempt.is_of(found.account.account_id, found.principal_id)
            keyring = await self._keyrings.get(found.account.account_id)
            if not await self._passwords.is_right(keyring, found.principal_id, shown.password):
                raise AuthenticationFailed(_FAILED)
            if not factors_of(keyring, found.principal_id):
                return await self._after_factors(keyring, found, None)
            if not shown.mfa_code:
                attempt.unfinished = True
                return await self._ask_for_factor(keyring, found)
            if not await self._factors.is_code(keyring, found.principal_id, shown.mfa_code):
                raise AuthenticationFailed(_FAILED)
            return await self._after_factors(keyring, found, self._mint.seconds())

    async def complete(self, challenge: str, factor: Factor, source: Source, metadata: bytes) -> Outcome:
        """With a second factor."""
        fields = await self._challenges.read(_SECOND_FACTOR, challenge)
        keyring, found = await self._who(fields)
        async with self._attempts.of(f"{keyring.account_id}/{found.principal_id}/mfa", source) as attempt:
            attempt.is_of(keyring.account_id, found.principal_id)
            if not await self._is_factor(keyring, found.principal_id, factor, fields, metadata):
                raise AuthenticationFailed(_FAILED)
            await self._challenges.use(fields)
            return await self._after_factors(keyring, found, self._mint.seconds())

    async def send_sms(self, challenge: str) -> str:
        """Send a code to the telephone; the challenge to bring back with it. Raises InvalidInput when there is none."""
        fields = await self._challenges.read(_SECOND_FACTOR, challenge)
        keyring, found = await self._who(fields)
        devices = [each for each in mfa_devices_of(keyring, found.principal_id) if isinstance(each, SmsDevice)]
        if not devices:
            raise InvalidInput("no telephone is registered")
        self._factors.count_try(f"sms for {keyring.account_id}/{found.principal_id}")
        number = await self._stored.get(keyring.account_id, device_name(devices[0]))
        code = self._mint.sms_code()
        other = {key: value for key, value in fields.items() if key not in {"mark", "exp"}}
        await self._challenges.use(fields)
        anew = await self._challenges.issue(_SECOND_FACTOR, {**other, "sms": code})
        await self._sms.send(number, sms_text(code))
        return anew

    async def change_password(self, challenge: str, new_password: str, metadata: bytes) -> tuple[SignedIn, Revision]:
        """Ends a sign-in whose password was to be changed. Raises PasswordPolicyViolation and InvalidInput; then
        the challenge stays open for some more tries."""
        fields = await self._challenges.read(_NEW_PASSWORD, challenge)
        keyring, found = await self._who(fields)
        self._factors.count_try(fields["mark"])
        if not self._must_change(keyring, found):
            raise AuthenticationFailed(_FAILED)
        await self._passwords.check_new(found, new_password, "newPassword")
        await self._challenges.use(fields)
        changed = await self._passwords.change(found, new_password, metadata)
        passport = _passport(found, self._mint.seconds(), fields["mfa_at"])
        check_not_refused(keyring, passport)
        return self._signed_in(found, passport), changed.revision

    async def renew(self, session: str) -> SignedIn:
        """Another passport of the same sign-in. Raises Unauthenticated when it is over or revoked, and when there is
        no password any more."""
        passport, until = await self._passports.signed_in(session)
        keyring = await self._keyrings.get(passport.account)
        check_not_refused(keyring, passport)
        found = await self._people.bearer(passport)
        if passport.principal_id not in keyring.login_profiles:
            raise Unauthenticated(INVALID_TOKEN)
        issued = self._passports.issue(passport, until)
        return SignedIn(issued=issued, session=session, session_expires_at=until, arn=found.arn)

    async def _find(self, shown: SignIn) -> Person | None:
        """Whoever it may be; None when there is nobody. Malformed names are nobody's."""
        try:
            if shown.email:
                account_id = await self._people.root_users.account_of(shown.email)
                return None if account_id is None else await self._people.root(account_id)
            named = await self._people.account_named(shown.account)
            return None if named is None else await self._people.user(named, shown.user_name)
        except (NoSuchEntity, InvalidInput):
            return None

    async def _who(self, fields: dict[str, Any]) -> tuple[Keyring, Person]:
        """Whose sign-in a challenge belongs to. It ends when the password that it began with is another one, and when
        what was authenticated then is revoked."""
        account_id = AccountId(fields["account"])
        found = person(await self._people.account(account_id, latest=True), fields["principal"])
        keyring = await self._keyrings.get(account_id)
        if found is None or found.account.closed_at is not None or _password_id(keyring, found) != fields["password"]:
            raise AuthenticationFailed(_FAILED)
        if refusal(keyring, _passport(found, fields["iat"], None)) is not None:
            raise AuthenticationFailed(_FAILED)
        return keyring, found

    async def _ask_for_factor(self, keyring: Keyring, found: Person) -> FactorNeeded:
        factors = factors_of(keyring, found.principal_id)
        challenge, options = self._mint.challenge(), ""
        if "passkey" in factors:
            options = self._factors.passkey_options(keyring, found.principal_id, challenge)
        fields = {**_owner(keyring, found), "challenge": to_text(challenge)}
        token = await self._challenges.issue(_SECOND_FACTOR, fields)
        return FactorNeeded(challenge=token, factors=factors, passkey_options=options)

    async def _is_factor(
        self, keyring: Keyring, principal_id: str, factor: Factor, fields: dict[str, Any], metadata: bytes
    ) -> bool:
        if factor.passkey_assertion:
            challenge = from_text(fields["challenge"])
            return await self._factors.is_passkey(keyring, principal_id, factor.passkey_assertion, challenge)
        if factor.recovery_code:
            return await self._factors.use_recovery_code(keyring, principal_id, factor.recovery_code, metadata)
        if fields.get("sms"):
            self._factors.count_try(fields["mark"])
            if same_text(factor.code, fields["sms"]):
                return True
        return await self._factors.is_code(keyring, principal_id, factor.code)

    async def _after_factors(self, keyring: Keyring, found: Person, mfa_at: int | None) -> Outcome:
        if self._must_change(keyring, found):
            fields = {**_owner(keyring, found), "mfa_at": mfa_at}
            return PasswordNeeded(challenge=await self._challenges.issue(_NEW_PASSWORD, fields))
        passport = _passport(found, self._mint.seconds(), mfa_at)
        check_not_refused(keyring, passport)
        return self._signed_in(found, passport)

    def _must_change(self, keyring: Keyring, found: Person) -> bool:
        """Whether the password lets in to change it alone. Raises AuthenticationFailed when it does not let in."""
        profile = keyring.login_profiles.get(found.principal_id)
        if profile is None:
            raise AuthenticationFailed(_FAILED)
        expired = found.user is not None and is_expired(profile, keyring.password_policy, self._mint.now())
        if expired and keyring.password_policy is not None and keyring.password_policy.hard_expiry:
            raise AuthenticationFailed("the password has expired, and somebody else must set another one")
        return expired or profile.reset_required

    def _signed_in(self, found: Person, passport: Passport) -> SignedIn:
        session, until = self._passports.sign_in_session(passport, SESSION_SECONDS)
        self._uses.note_password(passport, passport.authenticated_at)
        return SignedIn(
            issued=self._passports.issue(passport, until), session=session, session_expires_at=until, arn=found.arn
        )


def _passport(found: Person, now: int, mfa_at: int | None) -> Passport:
    return Passport(
        kind=PassportKind.ROOT if found.user is None else PassportKind.USER,
        account=found.account.account_id,
        principal_id=found.principal_id,
        name="",
        access_key_id="",
        authenticated_at=now,
        temporary=True,
        mfa_at=mfa_at,
    )


def _owner(keyring: Keyring, found: Person) -> dict[str, str]:
    return {
        "account": found.account.account_id,
        "principal": found.principal_id,
        "password": _password_id(keyring, found),
    }


def _password_id(keyring: Keyring, found: Person) -> str:
    profile = keyring.login_profiles.get(found.principal_id)
    return "" if profile is None else profile.password_id
