"""Passkeys and telephones: registered by their owner, in two steps."""

import hmac
import re
from typing import Any

from doorward_eventlog.counters import Counters
from doorward_kernel.errors import AccessDenied, AuthenticationFailed, InvalidAuthenticationCode, InvalidInput
from doorward_kernel.revision import Revision
from doorward_keyring.mfa_devices import MfaDevice, SmsDevice, check_quota
from doorward_keyring.passkeys import RegisterPasskey, passkey_serial_number
from doorward_keyring.sms_devices import RegisterSmsDevice, sms_serial_number

from doorward_credential.application.challenges import Challenges
from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.people import Person
from doorward_credential.application.ports import Passkeys, SmsSender
from doorward_credential.application.second_factors import (
    SecondFactors,
    credentials_of,
    device_name,
    from_text,
    to_text,
)
from doorward_credential.application.stored_secrets import StoredSecrets

_PASSKEY, _SMS = "passkey registration", "sms registration"
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_NAME = re.compile(r"[\w+=,.@ -]{1,64}", re.ASCII)


class Registrations:
    """What is shown between the steps is sealed, is of use to its owner alone, and once."""

    def __init__(
        self,
        keyrings: Keyrings,
        stored: StoredSecrets,
        counters: Counters,
        factors: SecondFactors,
        challenges: Challenges,
        passkeys: Passkeys,
        sms: SmsSender,
        mint: Mint,
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._counters = counters
        self._factors = factors
        self._challenges = challenges
        self._passkeys = passkeys
        self._sms = sms
        self._mint = mint

    async def start_passkey(self, owner: Person) -> tuple[str, str]:
        """What the browser is asked, and what is to be brought back. Raises LimitExceeded."""
        keyring = await self._keyrings.get(owner.account.account_id)
        check_quota(keyring, owner.principal_id)
        challenge = self._mint.challenge()
        options = self._passkeys.registration_options(
            challenge,
            user_handle=owner.principal_id.encode(),
            user_name=owner.name or owner.account.account_id,
            known=credentials_of(keyring, owner.principal_id),
        )
        fields = {"owner": _owner(owner), "challenge": to_text(challenge)}
        return options, await self._challenges.issue(_PASSKEY, fields)

    async def finish_passkey(
        self, owner: Person, registration: str, credential: str, name: str, metadata: bytes
    ) -> tuple[MfaDevice, Revision]:
        """Raises InvalidInput for what does not answer the challenge, LimitExceeded, EntityAlreadyExists."""
        if not _NAME.fullmatch(name):
            raise InvalidInput("`passkeyName` is 1 to 64 letters, digits, spaces and `_+=,.@-`")
        fields = await self._read(_PASSKEY, owner, registration)
        made = self._passkeys.registered(credential, from_text(fields["challenge"]))
        if not made.user_verified:
            raise InvalidInput("the authenticator did not verify who uses it: a PIN or biometrics is required")
        await self._use(fields)
        account, unique = owner.account.account_id, self._mint.short_id()
        command = RegisterPasskey(
            principal_id=owner.principal_id,
            user_name=owner.name or None,
            passkey_name=name,
            unique=unique,
            credential_id=to_text(made.credential_id),
            public_key=to_text(made.public_key),
            aaguid=made.aaguid,
            transports=made.transports,
            backup_eligible=made.backed_up,
            backed_up=made.backed_up,
            registered_at=self._mint.now(),
        )
        changed = await self._keyrings.execute(account, command, metadata)
        serial = passkey_serial_number(account, command.user_name, name, unique)
        device = changed.account.mfa_devices[serial]
        if made.sign_count:
            await self._counters.advance(account, device_name(device), made.sign_count)
        return device, changed.revision

    async def start_sms(self, owner: Person, phone_number: str) -> str:
        """Send a code to a telephone. Raises InvalidInput, also when SMS is not set up; Throttling, LimitExceeded."""
        if not _PHONE.fullmatch(phone_number):
            raise InvalidInput("`phoneNumber` is not one: expected `+`, country code and number, 7 to 15 digits")
        keyring = await self._keyrings.get(owner.account.account_id)
        check_quota(keyring, owner.principal_id)
        self._factors.count_try(f"sms to {phone_number}")
        self._factors.count_try(f"sms for {owner.account.account_id}/{owner.principal_id}")
        code = self._mint.sms_code()
        fields = {"owner": _owner(owner), "code": code, "number": phone_number}
        challenge = await self._challenges.issue(_SMS, fields)
        await self._sms.send(phone_number, sms_text(code))
        return challenge

    async def finish_sms(
        self, owner: Person, registration: str, code: str, metadata: bytes
    ) -> tuple[MfaDevice, Revision]:
        """Raises InvalidAuthenticationCode, Throttling, LimitExceeded."""
        fields = await self._read(_SMS, owner, registration)
        self._factors.count_try(fields["mark"])
        if not same_text(code, fields["code"]):
            raise InvalidAuthenticationCode("Authentication code for device is not valid.")
        await self._use(fields)
        account, unique, user_name = owner.account.account_id, self._mint.short_id(), owner.name or None
        serial, now = sms_serial_number(account, user_name, unique), self._mint.now()
        device = SmsDevice(serial=serial, principal_id=owner.principal_id, enabled_at=now)
        command = RegisterSmsDevice(
            principal_id=owner.principal_id, user_name=user_name, unique=unique, registered_at=now
        )
        changed = await self._stored.keep_for(
            account,
            {device_name(device): fields["number"]},
            lambda: self._keyrings.execute(account, command, metadata),
        )
        return changed.account.mfa_devices[serial], changed.revision

    async def _use(self, fields: dict[str, Any]) -> None:
        try:
            await self._challenges.use(fields)
        except AuthenticationFailed as error:
            raise InvalidInput(f"`registration`: {error.message}") from error

    async def _read(self, purpose: str, owner: Person, registration: str) -> dict[str, Any]:
        try:
            fields = await self._challenges.read(purpose, registration)
        except AuthenticationFailed as error:
            raise InvalidInput(f"`registration`: {error.message}") from error
        if fields["owner"] != _owner(owner):
            raise AccessDenied("the registration was begun by somebody else")
        return fields


def sms_text(code: str) -> str:
    """What is sent."""
    return f"{code} is your Doorward code. It is valid for five minutes; nobody will ask you for it."


def same_text(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _owner(owner: Person) -> str:
    return f"{owner.account.account_id}:{owner.principal_id}"
