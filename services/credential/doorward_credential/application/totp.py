"""Time-based one-time codes (RFC 6238) as virtual MFA devices make them: SHA-1, six digits, 30 seconds.

A *step* is the number of 30-second intervals since 1970. Times are in whole seconds since 1970, UTC.
"""

import hmac
import io
import re
from base64 import b32encode
from collections.abc import Iterable

import pyotp
import segno

SEED_BYTES = 20
"""Bytes of a new seed, from a cryptographic source (RFC 4226 section 4, R6: 160 bits)."""

STEP_SECONDS = 30
ISSUER = "Doorward"

TOLERANCE = 1
"""Steps that a code may be early or late (RFC 6238 section 5.2)."""

ENABLING_PAST = 4
"""Steps that the second code may be old when a device is enabled: whoever types two of them takes a while."""

RESYNC_TOLERANCE = 20
"""Steps that the clock of a device may be wrong when it is resynchronized: ten minutes."""

_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def step_at(now: int) -> int:
    """The step that this moment lies in."""
    return now // STEP_SECONDS


def base32_seed(seed: bytes) -> str:
    """The seed as a person types it into a device (`Base32StringSeed`)."""
    return b32encode(seed).decode().rstrip("=")


def otpauth_uri(seed: bytes, account: str, user: str) -> str:
    """What an authenticator application reads; holds the seed."""
    return pyotp.TOTP(base32_seed(seed)).provisioning_uri(name=f"{account}:{user}", issuer_name=ISSUER)


def qr_code_png(uri: str) -> bytes:
    """A picture of the URI (`QRCodePNG`)."""
    picture = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(picture, kind="png", scale=4)
    return picture.getvalue()


def matching_step(seed: bytes, code: str, now: int, after_step: int | None, drift: int = 0) -> int | None:
    """The step whose code it is: the one to keep as the last accepted, and to pass in the next time.

    None when it is the code of no step near now, or of none after `after_step`: each code is good for once (RFC 6238
    section 5.2). `drift` is by how many steps the device's clock is ahead, as a resynchronization found it.
    """
    here = step_at(now) + drift
    return _latest(
        step
        for step in range(here - TOLERANCE, here + TOLERANCE + 1)
        if _is_code(seed, code, step) & _after(step, after_step)
    )


def enabling_step(
    seed: bytes, code1: str, code2: str, now: int, *, after_step: int | None = None, resync: bool = False
) -> int | None:
    """The step of the second of two consecutive codes; None when they are not those of a device with this seed.

    To enable a device both must be of the last minutes. To resynchronize one (`resync`) its clock may be wrong by
    RESYNC_TOLERANCE; the drift to keep is then the answer less `step_at(now)`.
    """
    here = step_at(now)
    past, ahead = (RESYNC_TOLERANCE, RESYNC_TOLERANCE) if resync else (ENABLING_PAST, TOLERANCE)
    return _latest(
        step
        for step in range(here - past, here + ahead + 1)
        if _is_code(seed, code1, step - 1) & _is_code(seed, code2, step) & _after(step, after_step)
    )


def _is_code(seed: bytes, code: str, step: int) -> bool:
    if step < 0 or not _CODE.fullmatch(code):
        return False
    return hmac.compare_digest(pyotp.HOTP(base32_seed(seed)).at(step), code)


def _after(step: int, after_step: int | None) -> bool:
    return after_step is None or step > after_step


def _latest(steps: Iterable[int]) -> int | None:
    """All are looked at, whichever matches: the time taken does not tell which."""
    return max(steps, default=None)
