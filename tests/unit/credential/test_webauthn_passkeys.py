"""Passkeys, registered and shown by an authenticator in software, honest and otherwise."""

import contextlib
import json
from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from doorward_credential.adapters.ctap_cbor import end_of_item
from doorward_credential.adapters.webauthn_passkeys import RelyingParty, WebAuthnPasskeys
from doorward_credential.application.ports import PasskeyAssertion, PasskeyCredential
from doorward_kernel.errors import InvalidInput, Unauthenticated
from hypothesis import given
from hypothesis import strategies as st

from tests.passkey_device import ATTESTED, USER_PRESENT, VERIFIED, PasskeyDevice, base64url

PARTY = RelyingParty(
    rp_id="doorward.example",
    rp_name="Doorward",
    origins=("https://doorward.example", "https://console.doorward.example"),
)
PASSKEYS = WebAuthnPasskeys(PARTY)
CHALLENGE, OTHER = b"c" * 32, b"d" * 32
EXTENSIONS = 0x80


@pytest.fixture
def device() -> PasskeyDevice:
    return PasskeyDevice()


def registered(device: PasskeyDevice) -> PasskeyCredential:
    return PASSKEYS.registered(device.register(CHALLENGE), CHALLENGE)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_passkey_is_registered_and_then_shown(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
    device = PasskeyDevice(key)

    credential = registered(device)
    device.count = 7
    response = device.show(OTHER)

    assert credential == PasskeyCredential(
        credential_id=device.credential_id,
        public_key=device.public_key(),
        sign_count=0,
        backed_up=False,
        transports=("internal", "hybrid"),
        aaguid="00000000-0000-0000-0000-000000000000",
        user_verified=True,
    )
    assert PASSKEYS.credential_id(response) == device.credential_id
    assert PASSKEYS.asserted(response, OTHER, credential) == PasskeyAssertion(
        new_sign_count=7, backed_up=False, user_verified=True
    )


def test_the_options_ask_for_user_verification_and_name_the_party_and_what_is_known(device: PasskeyDevice) -> None:
    known = [registered(device)]

    creation = json.loads(PASSKEYS.registration_options(CHALLENGE, user_handle=b"AIDA", user_name="alice", known=known))
    request = json.loads(PASSKEYS.assertion_options(OTHER, known=known))

    descriptor = {"type": "public-key", "id": base64url(device.credential_id), "transports": ["internal", "hybrid"]}
    assert creation["rp"] == {"id": "doorward.example", "name": "Doorward"}
    assert creation["user"] == {"id": base64url(b"AIDA"), "name": "alice", "displayName": "alice"}
    assert creation["challenge"] == base64url(CHALLENGE)
    assert creation["authenticatorSelection"]["userVerification"] == "required"
    assert creation["attestation"] == "none"
    assert creation["excludeCredentials"] == [descriptor]
    assert (request["rpId"], request["challenge"]) == ("doorward.example", base64url(OTHER))
    assert request["userVerification"] == "required"
    assert request["allowCredentials"] == [descriptor]


LIES: dict[str, dict[str, object]] = {
    "another challenge": {"challenge": base64url(OTHER)},
    "another origin": {"origin": "https://doorward.example.evil.example"},
    "another scheme": {"origin": "http://doorward.example"},
    "no user verification": {"flags": USER_PRESENT},
    "no user": {"flags": 0},
    "another ceremony": {"type": "payment.get"},
    "within another site's page": {"crossOrigin": True},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_registration_that_is_not_to_this_request_is_refused(lie: str, device: PasskeyDevice) -> None:
    response = device.register(CHALLENGE, **LIES[lie])  # type: ignore[arg-type]

    with pytest.raises(InvalidInput, match="the passkey cannot be registered: its response is not to this request"):
        PASSKEYS.registered(response, CHALLENGE)


@pytest.mark.parametrize("lie", LIES)
def test_an_assertion_that_is_not_to_this_request_is_refused(lie: str, device: PasskeyDevice) -> None:
    credential = registered(device)
    response = device.show(CHALLENGE, **LIES[lie])  # type: ignore[arg-type]

    with pytest.raises(Unauthenticated, match="the passkey was not accepted"):
        PASSKEYS.asserted(response, CHALLENGE, credential)


def test_nothing_for_another_relying_party_is_accepted(device: PasskeyDevice) -> None:
    credential = registered(device)
    device.rp_id = "evil.example"

    with pytest.raises(InvalidInput):
        PASSKEYS.registered(device.register(CHALLENGE), CHALLENGE)
    with pytest.raises(Unauthenticated):
        PASSKEYS.asserted(device.show(CHALLENGE), CHALLENGE, credential)


def test_a_tampered_signature_is_refused(device: PasskeyDevice) -> None:
    credential = registered(device)

    with pytest.raises(Unauthenticated):
        PASSKEYS.asserted(device.show(CHALLENGE, flip=True), CHALLENGE, credential)


def test_the_signature_of_another_key_is_refused(device: PasskeyDevice) -> None:
    other = PasskeyDevice()
    other.credential_id = device.credential_id

    with pytest.raises(Unauthenticated):
        PASSKEYS.asserted(other.show(CHALLENGE), CHALLENGE, registered(device))


def test_another_passkey_of_the_same_user_is_not_this_one(device: PasskeyDevice) -> None:
    with pytest.raises(Unauthenticated):
        PASSKEYS.asserted(PasskeyDevice().show(CHALLENGE), CHALLENGE, registered(device))


@pytest.mark.parametrize("count", [0, 5, 6])
def test_a_sign_count_that_does_not_rise_is_refused(count: int, device: PasskeyDevice) -> None:
    credential = replace(registered(device), sign_count=6)
    device.count = count

    with pytest.raises(Unauthenticated):
        PASSKEYS.asserted(device.show(CHALLENGE), CHALLENGE, credential)


def test_a_passkey_that_never_counts_is_accepted_again_and_again(device: PasskeyDevice) -> None:
    credential = registered(device)

    for _ in range(2):
        assert PASSKEYS.asserted(device.show(CHALLENGE), CHALLENGE, credential).new_sign_count == 0


def test_a_registration_that_names_another_credential_than_it_holds_is_refused(device: PasskeyDevice) -> None:
    response = json.loads(device.register(CHALLENGE))
    response["id"] = response["rawId"] = base64url(b"x" * 32)

    with pytest.raises(InvalidInput):
        PASSKEYS.registered(json.dumps(response), CHALLENGE)


def test_a_challenge_that_is_too_short_is_a_defect() -> None:
    with pytest.raises(ValueError, match="challenge"):
        PASSKEYS.assertion_options(b"", known=[])


def test_what_holds_no_response_is_malformed(device: PasskeyDevice) -> None:
    credential = registered(device)
    whole = device.show(CHALLENGE)
    garbage = ["", "null", "[]", "{}", "[" * 60_000, "é", '{"id":1}', whole[:-9], whole + " " * 65536, "\0", "\udc80"]

    for text in garbage:
        with pytest.raises(InvalidInput, match="the response of the passkey is malformed"):
            PASSKEYS.registered(text, CHALLENGE)
        with pytest.raises(InvalidInput, match="the response of the passkey is malformed"):
            PASSKEYS.asserted(text, CHALLENGE, credential)
        with pytest.raises(InvalidInput, match="the response of the passkey is malformed"):
            PASSKEYS.credential_id(text)


@given(place=st.integers(0, 2000), byte=st.integers(1, 255))
def test_whatever_byte_is_wrong_the_answer_is_a_refusal_and_no_defect(place: int, byte: int) -> None:
    device = PasskeyDevice()
    attestation = bytearray(
        cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": bytes(32) + bytes([VERIFIED | ATTESTED]) + bytes(100)})
    )
    attestation[place % len(attestation)] ^= byte

    with pytest.raises(InvalidInput):
        PASSKEYS.registered(device.response(clientDataJSON=b"{}", attestationObject=bytes(attestation)), CHALLENGE)


def bomb(depth: int) -> bytes:
    """An array whose every item is a pair of the one before, twice: 2 ** depth items when written out."""
    shared = b"\xd8\x1c"
    items = [shared + b"\x80"]
    items += [shared + b"\x82" + (b"\xd8\x1d" + cbor2.dumps(before)) * 2 for before in range(depth)]
    return b"\x98" + bytes([len(items)]) + b"".join(items)


def test_cbor_that_would_unfold_to_gigabytes_is_refused_before_it_is_decoded(device: PasskeyDevice) -> None:
    credential = registered(device)

    response = device.show(CHALLENGE, flags=VERIFIED | EXTENSIONS, extra=bomb(40))

    with pytest.raises(InvalidInput, match="malformed"):
        PASSKEYS.asserted(response, CHALLENGE, credential)
    with pytest.raises(InvalidInput, match="malformed"):
        PASSKEYS.registered(device.response(clientDataJSON=b"{}", attestationObject=bomb(40)), CHALLENGE)


def test_extensions_that_nobody_asked_for_do_no_harm(device: PasskeyDevice) -> None:
    credential = registered(device)

    response = device.show(CHALLENGE, flags=VERIFIED | EXTENSIONS, extra=cbor2.dumps({"credProtect": 2}))

    assert PASSKEYS.asserted(response, CHALLENGE, credential).user_verified


_PLAIN = st.recursive(
    st.integers(-(2**63), 2**63) | st.binary(max_size=300) | st.text(max_size=30) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers() | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(_PLAIN)
def test_the_end_of_plain_cbor_is_found_or_it_is_too_deep(value: object) -> None:
    data = cbor2.dumps(value)

    try:
        assert end_of_item(data + b"rest") == len(data)
    except ValueError as error:
        assert str(error) in ("too deep", "a tag")  # noqa: PT017 (integers beyond 64 bits are tagged)


@given(st.binary(max_size=60))
def test_any_bytes_have_an_end_within_them_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert 0 < end_of_item(data) <= len(data)
