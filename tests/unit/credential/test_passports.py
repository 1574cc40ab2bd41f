"""Sessions are measured as they are made: what is not full can be read back and signed."""

import random
import string
from collections.abc import Iterator
from dataclasses import replace

import pytest
from doorward_credential.application.key_rotation import KeyInUse
from doorward_credential.application.passports import Credentials, Passports
from doorward_credential.application.sealed_tokens import MOST_CHARACTERS, SealedTokens
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.session_limits import packed_size
from doorward_kernel.errors import PackedPolicyTooLarge
from doorward_keyring.passport import Passport, PassportKind, SessionLimits
from doorward_runtime.passports import MAX_CHARACTERS
from immutables import Map

from tests.unit.credential.parts import ACCOUNT, NOW, Clock, ClockMint, service_keys, stored_secrets

PASSPORT = Passport(
    kind=PassportKind.ROLE_SESSION,
    account=ACCOUNT,
    principal_id="AROAEXAMPLEEXAMPLE234",
    name="session",
    access_key_id="",
    authenticated_at=NOW,
    temporary=True,
)
LETTERS = {"letters": string.ascii_letters + string.digits, "one letter": "x", "not ASCII": "Ωλ漢字éß"}


@pytest.fixture
async def passports() -> Passports:
    clock, stored = Clock(), await stored_secrets()
    signing = ServiceKeys("passport-key", stored, clock, overlap=1000)
    await signing.open()
    return Passports(KeyInUse(signing), SealedTokens(await service_keys(stored, clock)), ClockMint(clock))


def fuller_and_fuller(passports: Passports, letters: str) -> Iterator[Credentials]:
    """Credentials with more text in their tags each, from much to more than fits, in steps of a few characters."""
    chosen = random.Random(7)  # noqa: S311 - the same in each run
    text = "".join(chosen.choice(letters) for _ in range(16_384))
    for length in range(1000, len(text), 7):
        values = [text[start : start + 256] for start in range(0, length, 256)]
        values[-1] = values[-1][: length % 256 or 256]
        tags = {f"k{number}": value for number, value in enumerate(values)}
        made = passports.credentials(replace(PASSPORT, limits=SessionLimits(tags=Map(tags))), 3600)
        if made.fullness > 0.9:
            yield made
        if made.fullness > 1.1:
            return


@pytest.mark.parametrize("letters", LETTERS)
async def test_what_is_issued_can_be_read_back_and_signed(passports: Passports, letters: str) -> None:
    fitting = 0
    for made in fuller_and_fuller(passports, LETTERS[letters]):
        if made.fullness > 1:
            continue
        fitting += 1

        session = await passports.session(made.session_token)
        signed = passports.issue(session.passport).token

        assert session.passport.access_key_id == made.access_key_id
        assert len(made.session_token) <= MOST_CHARACTERS
        assert len(signed) <= MAX_CHARACTERS
    assert fitting > 10


async def test_what_does_not_fit_is_refused_and_how_full_it_is_told(passports: Passports) -> None:
    all_of_them = [made.fullness for made in fuller_and_fuller(passports, LETTERS["letters"])]
    fitting = [fullness for fullness in all_of_them if fullness <= 1]

    assert max(map(packed_size, fitting)) == 100
    with pytest.raises(PackedPolicyTooLarge, match="consumes 111% of allotted space"):
        packed_size(all_of_them[-1])
    assert packed_size(passports.credentials(PASSPORT, 3600).fullness) < 10
