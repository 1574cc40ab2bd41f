"""What seals, wraps and tells equal texts: to the letter, or not at all."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from doorward_kernel.errors import InternalFailure, InvalidInput
from doorward_kernel.ids import AccountId
from doorward_sealing.cipher import fingerprint, new_key, seal, unseal, unwrap, wrap
from doorward_sealing.errors import CannotUnseal

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
A, B = AccountId("000000000001"), AccountId("000000000002")
EMAIL = "root-email"
SECRET = "ann@example.com"


@pytest.mark.parametrize("text", ["", "x", SECRET, "жёлтый 🔑\0\n", "x" * 100_000])
def test_what_is_sealed_is_unsealed_as_it_was(text: str) -> None:
    sealed = seal(KEY, A, EMAIL, text)

    assert unseal(KEY, A, EMAIL, sealed) == text


def test_a_sealed_value_is_text_for_json_and_each_time_another_one() -> None:
    sealed = [seal(KEY, A, EMAIL, SECRET) for _ in range(1000)]

    assert len({value[:26] for value in sealed}) == 1000  # version and nonce
    assert sealed[0].isascii()
    assert sealed[0].isprintable()
    assert json.loads(json.dumps(sealed[0])) == sealed[0]
    assert SECRET not in sealed[0]


@pytest.mark.parametrize(
    ("key", "account", "purpose"),
    [(OTHER_KEY, A, EMAIL), (KEY, B, EMAIL), (KEY, A, "phone"), (KEY, A, "root-emai"), (KEY, A, EMAIL + "l")],
)
def test_only_the_same_key_account_and_purpose_unseal(key: bytes, account: AccountId, purpose: str) -> None:
    sealed = seal(KEY, A, EMAIL, SECRET)

    with pytest.raises(CannotUnseal) as failure:
        unseal(key, account, purpose, sealed)

    assert SECRET not in str(failure.value)
    assert sealed not in str(failure.value)


def test_no_other_character_and_no_shorter_text_unseals() -> None:
    sealed = seal(KEY, A, EMAIL, SECRET)
    changed = [sealed[:n] + ("A" if sealed[n] != "A" else "B") + sealed[n + 1 :] for n in range(len(sealed))]
    shortened = [sealed[:n] for n in range(len(sealed))]
    longer = [sealed + "A", sealed + "=", sealed + " ", " " + sealed, sealed + "\n", sealed * 2]
    spelt = [sealed.upper(), sealed.replace("v1", "v2"), "é" + sealed, sealed.removeprefix("sealed.v1.")]

    for wrong in (*changed, *shortened, *longer, *spelt):
        with pytest.raises(CannotUnseal):
            unseal(KEY, A, EMAIL, wrong)


def test_that_something_cannot_be_unsealed_is_told_to_no_caller_in_detail() -> None:
    assert issubclass(CannotUnseal, InternalFailure)


def test_what_was_sealed_once_can_be_unsealed_for_good() -> None:
    """The stored forms: change them only together with a new version that is told apart."""
    sealed = "sealed.v1.AAAAAAAAAAAAAAAAb9LbntBU4tB4xMwbe0P8IT77RqVdhAY4cHRy1NWCXQ"
    wrapped = (
        "0000000000000000000000000fbeb6dab02a84b501a2a23915229e89c351"
        "45473d9777379984a89fd8e1427636fd4caa45917529a77fcf854841cac9"
    )

    assert unseal(KEY, A, EMAIL, sealed) == SECRET
    assert unwrap(KEY, A, bytes.fromhex(wrapped)) == OTHER_KEY
    assert fingerprint(KEY, EMAIL, SECRET) == "042de6370ff5b28327010f91e0030d8008ddeb402accf3fc5f8550207a2735d4"


def test_the_form_is_what_the_documentation_says() -> None:
    bound = b"data key\x00000000000001\x00"
    by_hand = bytes(12) + AESGCM(KEY).encrypt(bytes(12), OTHER_KEY, bound)
    told = hmac.new(KEY, b"fingerprint\x00root-email\x00" + SECRET.encode(), hashlib.sha256).hexdigest()

    assert unwrap(KEY, A, by_hand) == OTHER_KEY
    assert fingerprint(KEY, EMAIL, SECRET) == told


def test_a_data_key_is_unwrapped_by_its_key_and_for_its_owner_only() -> None:
    key = new_key()
    wrapped = wrap(KEY, A, key)

    assert unwrap(KEY, A, wrapped) == key
    assert key not in wrapped
    for wrapping_key, owner, wrong in [
        (OTHER_KEY, A, wrapped),
        (KEY, B, wrapped),
        (KEY, A, wrapped[:-1]),
        (KEY, A, wrapped[:12]),
        (KEY, A, b""),
        (KEY, A, bytes([wrapped[0] ^ 1]) + wrapped[1:]),
    ]:
        with pytest.raises(CannotUnseal, match=owner):
            unwrap(wrapping_key, owner, wrong)


def test_new_keys_are_long_and_differ() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


def test_fingerprints_are_equal_for_equal_texts_of_one_purpose_under_one_key() -> None:
    told = fingerprint(KEY, EMAIL, SECRET)

    assert fingerprint(KEY, EMAIL, SECRET) == told
    assert len({told, fingerprint(OTHER_KEY, EMAIL, SECRET), fingerprint(KEY, "phone", SECRET)}) == 3
    assert fingerprint(KEY, EMAIL, SECRET + " ") != told
    assert fingerprint(KEY, "ab", "c") != fingerprint(KEY, "a", "bc")


@pytest.mark.parametrize("purpose", ["", "root email", "a\0b", "é", "x" * 129, "x\n"])
def test_a_purpose_without_a_clear_end_is_refused(purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        seal(KEY, A, purpose, SECRET)
    with pytest.raises(ValueError, match="purpose"):
        fingerprint(KEY, purpose, SECRET)
    with pytest.raises(ValueError, match="purpose"):
        unseal(KEY, A, purpose, seal(KEY, A, EMAIL, SECRET))


def test_half_a_character_is_the_callers_mistake_and_not_quoted() -> None:
    with pytest.raises(InvalidInput) as sealing:
        seal(KEY, A, EMAIL, "ann\ud800")
    with pytest.raises(InvalidInput) as telling:
        fingerprint(KEY, EMAIL, "ann\ud800")

    for failure in (sealing, telling):
        assert "ann" not in str(failure.value)
        assert failure.value.__suppress_context__
