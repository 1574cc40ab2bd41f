"""One-time codes: RFC 6238's vectors, each code once, and two in a row to enable a device."""

from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from doorward_credential.application.totp import (
    ENABLING_PAST,
    RESYNC_TOLERANCE,
    SEED_BYTES,
    base32_seed,
    enabling_step,
    matching_step,
    otpauth_uri,
    qr_code_png,
    step_at,
)

SEED = b"12345678901234567890"
NOW = 1_800_000_015
HERE = NOW // 30


def code(step: int, seed: bytes = SEED) -> str:
    return pyotp.HOTP(base32_seed(seed)).at(step)


@pytest.mark.parametrize(
    ("time", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_hold_in_their_last_six_digits(time: int, eight_digits: str) -> None:
    assert matching_step(SEED, eight_digits[2:], time, None) == time // 30


def test_a_code_may_be_one_step_early_or_late_and_no_more() -> None:
    found = [matching_step(SEED, code(HERE + offset), NOW, None) for offset in range(-3, 4)]

    assert found == [None, None, HERE - 1, HERE, HERE + 1, None, None]


def test_a_code_is_good_for_once() -> None:
    step = matching_step(SEED, code(HERE), NOW, HERE - 1)

    assert step == HERE
    assert matching_step(SEED, code(HERE), NOW, step) is None
    assert matching_step(SEED, code(HERE - 1), NOW, step) is None
    assert matching_step(SEED, code(HERE + 1), NOW, step) == HERE + 1


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456", "123456\n", "-12345", "é" * 6])
def test_what_is_no_code_matches_nothing(wrong: str) -> None:
    assert matching_step(SEED, wrong, NOW, None) is None
    assert enabling_step(SEED, wrong, wrong, NOW) is None


def test_the_code_of_another_seed_matches_nothing() -> None:
    assert matching_step(SEED, code(HERE, b"x" * SEED_BYTES), NOW, None) is None


def test_the_first_moments_of_1970_have_no_step_before_them() -> None:
    assert matching_step(SEED, code(0), 5, None) == 0


def test_a_known_drift_moves_the_window() -> None:
    assert matching_step(SEED, code(HERE + 10), NOW, None, drift=10) == HERE + 10
    assert matching_step(SEED, code(HERE), NOW, None, drift=10) is None


def test_two_consecutive_codes_of_the_last_minutes_enable_a_device() -> None:
    accepted = {
        step - HERE
        for step in range(HERE - 30, HERE + 31)
        if enabling_step(SEED, code(step - 1), code(step), NOW) == step
    }

    assert accepted == set(range(-ENABLING_PAST, 2))


def test_codes_that_are_not_consecutive_enable_nothing() -> None:
    for first, second in ((HERE, HERE), (HERE, HERE - 1), (HERE - 2, HERE), (HERE - 1, HERE + 1)):
        assert enabling_step(SEED, code(first), code(second), NOW) is None


def test_a_code_that_enabled_a_device_signs_nobody_in() -> None:
    step = enabling_step(SEED, code(HERE - 1), code(HERE), NOW)

    assert step == HERE
    assert matching_step(SEED, code(HERE), NOW, step) is None


def test_a_resynchronization_finds_a_clock_that_is_ten_minutes_wrong() -> None:
    accepted = {
        step - HERE
        for step in range(HERE - 30, HERE + 31)
        if enabling_step(SEED, code(step - 1), code(step), NOW, resync=True) == step
    }

    assert accepted == set(range(-RESYNC_TOLERANCE, RESYNC_TOLERANCE + 1))
    assert enabling_step(SEED, code(HERE - 1), code(HERE), NOW, after_step=HERE, resync=True) is None


def test_the_uri_names_issuer_account_and_user() -> None:
    uri = urlsplit(otpauth_uri(SEED, "123456789012", "böse user&x"))

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Doorward:123456789012:böse user&x"
    assert parse_qs(uri.query) == {"secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], "issuer": ["Doorward"]}


def test_the_qr_code_is_a_png_and_differs_by_seed() -> None:
    one, other = (qr_code_png(otpauth_uri(seed, "123456789012", "alice")) for seed in (SEED, b"x" * 20))

    assert one.startswith(b"\x89PNG\r\n\x1a\n")
    assert one != other


def test_a_step_is_thirty_seconds() -> None:
    assert [step_at(second) for second in (0, 29, 30, 59, 60)] == [0, 0, 1, 1, 2]
