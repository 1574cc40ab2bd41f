"""Puts the use cases together, from what the process opened."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from doorward_eventlog.sql import SqlEventLog

from doorward_credential.adapters.argon2_hasher import Argon2Hasher, Argon2Profile, Pepper
from doorward_credential.adapters.oidc_tokens import OidcTokens
from doorward_credential.adapters.provider_web import ProviderWeb
from doorward_credential.adapters.sms_file import NoSms, SmsFile
from doorward_credential.adapters.webauthn_passkeys import RelyingParty, WebAuthnPasskeys
from doorward_credential.api.authentication_service import AuthenticationServicer
from doorward_credential.api.credential_service import Administration, CredentialServicer
from doorward_credential.api.decision_service import GrpcDecisions
from doorward_credential.api.identity_service import GrpcIdentity
from doorward_credential.api.method import Callers
from doorward_credential.api.token_service import TokenServicer
from doorward_credential.application.access_keys import AccessKeys
from doorward_credential.application.attempts import Attempts
from doorward_credential.application.authentication import Authentication
from doorward_credential.application.authorization_messages import AuthorizationMessages
from doorward_credential.application.backoff import Backoff
from doorward_credential.application.challenges import Challenges
from doorward_credential.application.credential_report import CredentialReports
from doorward_credential.application.key_rotation import KeyInUse, KeyRotation
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.mfa_devices import MfaDevices
from doorward_credential.application.minting import Mint
from doorward_credential.application.passports import Passports
from doorward_credential.application.passwords import Passwords
from doorward_credential.application.people import People
from doorward_credential.application.ports import Activity, SmsSender
from doorward_credential.application.registrations import Registrations
from doorward_credential.application.revocations import Revocations
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.second_factors import SecondFactors
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.sessions import Sessions
from doorward_credential.application.sessions_noted import SessionsNoted
from doorward_credential.application.sign_in import SigningIn
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import Uses
from doorward_credential.application.web_identities import WebIdentities
from doorward_credential.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the use cases stand on."""

    settings: Settings
    log: SqlEventLog
    keyrings: Keyrings
    keyrings_are_new: Callable[[], bool]
    stored: StoredSecrets
    people: People
    decisions: GrpcDecisions
    identity: GrpcIdentity
    activity: Activity
    rotation: KeyRotation
    passport_keys: ServiceKeys
    token_keys: ServiceKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served, and what runs beside it."""

    credentials: CredentialServicer
    tokens: TokenServicer
    authentication: AuthenticationServicer
    uses: Uses
    challenges: Challenges
    reports: CredentialReports
    revocations: Revocations
    hasher: Argon2Hasher

    def loops(self) -> Iterable[tuple[str, Coroutine[Any, Any, object]]]:
        """Background loops, by name."""
        return (
            ("uses", self.uses.run()),
            ("challenges", self.challenges.clean()),
            ("erasures", self.revocations.run()),
        )

    async def close(self) -> None:
        """Write what is left, end what is under way."""
        await self.uses.write()
        await self.reports.close()
        self.hasher.close()


def assemble(parts: Parts) -> Service:
    """All use cases, and the servicers on them. Raises OSError and ValueError when a file of the settings is wrong."""
    settings, log, keyrings, stored, people = parts.settings, parts.log, parts.keyrings, parts.stored, parts.people
    mint, hasher, passkeys, sms = Mint(), _hasher(settings), _passkeys(settings), _sms(settings)
    tokens = SealedTokens(parts.token_keys)
    passports = Passports(KeyInUse(parts.passport_keys), tokens, mint)
    passwords = Passwords(keyrings, stored, people, hasher, mint)
    factors = SecondFactors(keyrings, stored, log.counters, passkeys, mint)
    challenges = Challenges(tokens, log.secrets, mint)
    attempts = Attempts(Backoff(), parts.activity)
    uses = Uses(log, parts.identity)
    sessions = Sessions(keyrings, people, parts.decisions, factors, passports, mint)
    web = WebIdentities(people, parts.decisions, OidcTokens(ProviderWeb()), sessions, mint)
    callers = Callers(people, keyrings, parts.decisions, passports)
    reports = CredentialReports(
        keyrings, stored, people, log, mint, lifetime=timedelta(hours=settings.credential_report_hours)
    )
    revocations = Revocations(keyrings, stored, mint)
    return Service(
        credentials=CredentialServicer(
            Administration(
                callers=callers,
                people=people,
                keyrings=keyrings,
                passwords=passwords,
                attempts=attempts,
                access_keys=AccessKeys(keyrings, stored, people, log, mint),
                devices=MfaDevices(keyrings, stored, log.counters, factors, mint),
                registrations=Registrations(keyrings, stored, log.counters, factors, challenges, passkeys, sms, mint),
                reports=reports,
                revocations=revocations,
                uses=log,
            )
        ),
        tokens=TokenServicer(callers, sessions, web, AuthorizationMessages(tokens), SessionsNoted(parts.activity)),
        authentication=AuthenticationServicer(
            Authentication(keyrings, parts.keyrings_are_new, stored, people, passports, uses, mint),
            SigningIn(
                keyrings=keyrings,
                stored=stored,
                people=people,
                passwords=passwords,
                factors=factors,
                challenges=challenges,
                passports=passports,
                attempts=attempts,
                uses=uses,
                sms=sms,
                mint=mint,
            ),
            people,
            parts.rotation,
        ),
        uses=uses,
        challenges=challenges,
        reports=reports,
        revocations=revocations,
        hasher=hasher,
    )


def _hasher(settings: Settings) -> Argon2Hasher:
    profile = Argon2Profile(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    peppers = () if settings.pepper_file is None else read_peppers(settings.pepper_file)
    return Argon2Hasher(
        profile,
        peppers=peppers,
        workers=settings.argon2_threads or None,
        queue_limit=settings.argon2_waiting,
    )


def _passkeys(settings: Settings) -> WebAuthnPasskeys:
    return WebAuthnPasskeys(
        RelyingParty(
            rp_id=settings.relying_party_id,
            rp_name=settings.relying_party_name,
            origins=tuple(settings.relying_party_origins),
        )
    )


def _sms(settings: Settings) -> SmsSender:
    if settings.sms == "off":
        return NoSms()
    if settings.sms_file is None:
        raise ValueError("DOORWARD_SMS is `file`: set DOORWARD_SMS_FILE, too")
    return SmsFile(settings.sms_file)


def read_peppers(file: Path) -> tuple[Pepper, ...]:
    """Peppers in a file, one on a line as `version key`, the newest first. Raises OSError, ValueError."""
    peppers = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        version, _, key = line.strip().partition(" ")
        if not line.strip():
            continue
        if not version.isdigit() or not key.strip():
            raise ValueError(f"{file}, line {number}: expected a version and a key")
        peppers.append(Pepper(version=int(version), key=key.strip().encode()))
    return tuple(peppers)
