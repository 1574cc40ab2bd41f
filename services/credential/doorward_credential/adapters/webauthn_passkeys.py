"""Passkeys and security keys by WebAuthn (https://www.w3.org/TR/webauthn-2/), user verification always required.

No attestation is asked for, so whoever registers a passkey chooses what it is; it is bound to this relying party, to
the origins that are set, and to one challenge.
"""

import contextlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from doorward_kernel.errors import DoorwardError, InvalidInput, Unauthenticated
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_authentication_credential_json,
    parse_cbor,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from doorward_credential.adapters.ctap_cbor import end_of_item
from doorward_credential.application.ports import PasskeyAssertion, PasskeyCredential

log = structlog.get_logger()

LONGEST_RESPONSE = 64 * 1024
"""Characters; a response with a chain of certificates has some 10,000."""

LONGEST_CREDENTIAL_ID = 1023
"""Bytes (WebAuthn level 3, section 7.1 step 25)."""

SHORTEST_CHALLENGE = 16
"""Bytes (WebAuthn section 13.4.3)."""

_ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_MALFORMED = InvalidInput, "the response of the passkey is malformed"
_NOT_REGISTERED = InvalidInput, "the passkey cannot be registered: its response is not to this request"
_NOT_ACCEPTED = Unauthenticated, "the passkey was not accepted"

_HEADER = 37
_ATTESTED, _EXTENSIONS = 0x40, 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Whom passkeys are for: a domain, a name for people, and the origins (`https://host[:port]`) that may ask."""

    rp_id: str
    rp_name: str
    origins: tuple[str, ...]


class WebAuthnPasskeys:
    """The Passkeys of one relying party."""

    def __init__(self, party: RelyingParty) -> None:
        self._party = party

    def registration_options(
        self, challenge: bytes, *, user_handle: bytes, user_name: str, known: Sequence[PasskeyCredential]
    ) -> str:
        _check_challenge(challenge)
        options = generate_registration_options(
            rp_id=self._party.rp_id,
            rp_name=self._party.rp_name,
            user_id=user_handle,
            user_name=user_name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
            supported_pub_key_algs=_ALGORITHMS,
        )
        return options_to_json(options)

    def registered(self, response: str, challenge: bytes) -> PasskeyCredential:
        _check_challenge(challenge)
        with _refusing(*_MALFORMED):
            credential = _registration(response)
        with _refusing(*_NOT_REGISTERED):
            _check_same_origin(credential.response.client_data_json)
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._party.rp_id,
                expected_origin=list(self._party.origins),
                require_user_verification=True,
                supported_pub_key_algs=_ALGORITHMS,
            )
            if verified.credential_id != credential.raw_id or len(credential.raw_id) > LONGEST_CREDENTIAL_ID:
                raise ValueError("the response names another credential than it holds, or one too long")
            decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
        return PasskeyCredential(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            backed_up=verified.credential_backed_up,
            transports=tuple(dict.fromkeys(way.value for way in credential.response.transports or ())),
            aaguid=verified.aaguid,
            user_verified=verified.user_verified,
        )

    def assertion_options(self, challenge: bytes, *, known: Sequence[PasskeyCredential]) -> str:
        _check_challenge(challenge)
        options = generate_authentication_options(
            rp_id=self._party.rp_id,
            challenge=challenge,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def credential_id(self, response: str) -> bytes:
        with _refusing(*_MALFORMED):
            return _assertion(response).raw_id

    def asserted(self, response: str, challenge: bytes, credential: PasskeyCredential) -> PasskeyAssertion:
        _check_challenge(challenge)
        with _refusing(*_MALFORMED):
            shown = _assertion(response)
        with _refusing(*_NOT_ACCEPTED):
            if not hmac.compare_digest(shown.raw_id, credential.credential_id):
                raise ValueError("it is another passkey")
            _check_same_origin(shown.response.client_data_json)
            verified = verify_authentication_response(
                credential=shown,
                expected_challenge=challenge,
                expected_rp_id=self._party.rp_id,
                expected_origin=list(self._party.origins),
                credential_public_key=credential.public_key,
                credential_current_sign_count=credential.sign_count,
                require_user_verification=True,
            )
        return PasskeyAssertion(
            new_sign_count=verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            user_verified=verified.user_verified,
        )


@contextlib.contextmanager
def _refusing(error: type[DoorwardError], message: str) -> Iterator[None]:
    """Whatever goes wrong in here was caused by the response: it is refused with a text that gives nothing away."""
    try:
        yield
    except Exception as cause:  # noqa: BLE001 (the library lets KeyError, TypeError and others of its decoders through)
        log.info("a response of a passkey is refused", why=f"{type(cause).__name__}: {cause}"[:200])
        raise error(message) from None


def _check_challenge(challenge: bytes) -> None:
    """Raises ValueError: the library would make one up instead of an empty one."""
    if len(challenge) < SHORTEST_CHALLENGE:
        raise ValueError(f"the challenge has fewer than {SHORTEST_CHALLENGE} bytes")


def _registration(response: str) -> RegistrationCredential:
    if len(response) > LONGEST_RESPONSE:
        raise ValueError("too long")
    credential = parse_registration_credential_json(response)
    attestation = credential.response.attestation_object
    _check_item(attestation)
    _check_authenticator_data(parse_cbor(attestation)["authData"])
    return credential


def _assertion(response: str) -> AuthenticationCredential:
    if len(response) > LONGEST_RESPONSE:
        raise ValueError("too long")
    credential = parse_authentication_credential_json(response)
    _check_authenticator_data(credential.response.authenticator_data)
    return credential


def _check_authenticator_data(data: bytes) -> None:
    """Its CBOR is such as an authenticator writes (WebAuthn section 6.1). Raises ValueError."""
    flags, place = data[_HEADER - 5], _HEADER
    if flags & _ATTESTED:
        place += 18 + int.from_bytes(data[_HEADER + 16 : _HEADER + 18], "big")
        place = end_of_item(data, place)
    if flags & _EXTENSIONS:
        place = end_of_item(data, place)
    if place != len(data):
        raise ValueError("the authenticator data has another length than its parts")


def _check_item(data: bytes) -> None:
    if end_of_item(data) != len(data):
        raise ValueError("bytes after the end")


def _check_same_origin(client_data_json: bytes) -> None:
    """A page that another site shows within its own may not use passkeys here. Raises ValueError."""
    if parse_client_data_json(client_data_json).cross_origin:
        raise ValueError("asked from within another site's page")


def _descriptors(known: Sequence[PasskeyCredential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id, transports=[AuthenticatorTransport(way) for way in one.transports] or None
        )
        for one in known
    ]
