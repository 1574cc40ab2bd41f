"""Keys are replaced when everybody can know the next ones, and all at once when they leaked."""

import asyncio
import json
from typing import Any

import pytest
from doorward.credential.v1 import authentication_pb2 as pb
from doorward_credential.api import jwks
from doorward_credential.api.authentication_service import AuthenticationServicer
from doorward_credential.application import service_keys
from doorward_credential.application.key_rotation import KeyInUse, KeyRotation
from doorward_credential.application.principal_arns import OwnKeys
from doorward_credential.application.sealed_tokens import NoSuchToken, SealedTokens
from doorward_credential.application.service_keys import LEAD_SECONDS, LOOK_SECONDS, REFRESH_SECONDS, ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_kernel.errors import EntityTemporarilyUnmodifiable, Unauthenticated, Unavailable
from doorward_kernel.ids import OPERATOR, AccountId
from doorward_runtime import key_ring
from doorward_runtime.passports import PassportVerifier

from tests.unit.credential.parts import Clock, stored_secrets
from tests.unit.credential.parts import service_keys as opened
from tests.unit.runtime.passports import ALICE, verified

OVERLAP = 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stored() -> StoredSecrets:
    return await stored_secrets()


async def keys_of(kind: str, stored: StoredSecrets, clock: Clock) -> ServiceKeys:
    """As one process has them."""
    keys = ServiceKeys(kind, stored, clock, overlap=OVERLAP)
    await keys.open()
    return keys


async def rotation_of(stored: StoredSecrets, clock: Clock) -> tuple[KeyRotation, ServiceKeys, ServiceKeys]:
    passport_keys, token_keys = await keys_of("passport-key", stored, clock), await keys_of("token-key", stored, clock)
    return KeyRotation(passport_keys, token_keys, max_age=86_400), passport_keys, token_keys


def test_a_new_key_waits_until_a_cache_of_a_process_that_did_not_make_it_has_told_every_verifier() -> None:
    on_the_way = LOOK_SECONDS + jwks.MAX_AGE + key_ring.REFRESH_SECONDS + key_ring.PAUSE_SECONDS
    answers = 2 * key_ring.FETCH_SECONDS

    assert on_the_way + answers < LEAD_SECONDS


async def test_the_answer_of_the_keys_says_for_how_long_it_may_be_kept(stored: StoredSecrets, clock: Clock) -> None:
    rotation, passport_keys, _ = await rotation_of(stored, clock)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await jwks.Jwks(rotation)({"type": "http", "path": jwks.PATH, "method": "GET"}, None, send)

    assert dict(sent[0]["headers"])[b"cache-control"] == f"public, max-age={jwks.MAX_AGE}".encode()
    assert [key["kid"] for key in json.loads(sent[1]["body"])["keys"]] == [passport_keys.in_use.kid]


class TestRotation:
    async def test_no_further_key_is_made_before_the_last_is_used(self, stored: StoredSecrets, clock: Clock) -> None:
        rotation, passport_keys, token_keys = await rotation_of(stored, clock)
        first = await rotation.rotate()
        kept = len(await stored.names(OPERATOR, "", 100))

        clock.now += LEAD_SECONDS - 10
        with pytest.raises(EntityTemporarilyUnmodifiable, match="is used in 10 s"):
            await rotation.rotate()

        assert len(await stored.names(OPERATOR, "", 100)) == kept
        clock.now += 10
        assert passport_keys.in_use.kid == first
        assert await rotation.rotate() != first
        assert len(token_keys.valid) == 3

    async def test_one_kind_that_waits_keeps_the_other_as_it_is(self, stored: StoredSecrets, clock: Clock) -> None:
        rotation, passport_keys, token_keys = await rotation_of(stored, clock)
        await passport_keys.rotate()

        with pytest.raises(EntityTemporarilyUnmodifiable):
            await rotation.rotate()
        assert len(token_keys.valid) == 1

    async def test_a_key_that_is_old_but_not_used_yet_is_not_replaced(
        self, stored: StoredSecrets, clock: Clock
    ) -> None:
        keys = await opened(stored, clock)
        await keys.rotate()
        clock.now += LEAD_SECONDS - 1

        with pytest.raises(EntityTemporarilyUnmodifiable):
            await keys.rotate()
        assert not await keys.rotate_if_older(10)
        clock.now += 1
        assert await keys.rotate_if_older(10)

    async def test_a_new_key_is_the_newest_whatever_the_clocks_say(self, stored: StoredSecrets, clock: Clock) -> None:
        ahead = Clock()
        ahead.now += 5
        first = (await opened(stored, ahead)).in_use
        behind = await opened(stored, clock)

        made = await behind.rotate()

        assert behind.in_use.kid == first.kid
        assert made.used_from >= first.created_at + LEAD_SECONDS
        ahead.now += LEAD_SECONDS + 1
        assert (await opened(stored, ahead)).in_use.kid == made.kid

    async def test_rotations_at_every_possible_moment_lose_no_key(
        self, stored: StoredSecrets, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service_keys, "_PAGE", 5)
        keys = await opened(stored, clock, overlap=20 * LEAD_SECONDS)
        tokens = SealedTokens(keys)

        for _ in range(40):
            sealed = tokens.seal("session", {})
            clock.now += LEAD_SECONDS
            made = await keys.rotate()

            other = await opened(stored, clock, overlap=20 * LEAD_SECONDS)
            assert other.in_use == keys.in_use
            assert made.kid in {key.kid for key in other.valid}
            assert await SealedTokens(other).open("session", sealed) == {}
        assert len(await stored.names(OPERATOR, "", 100)) == len(keys.valid) == 22


class TestWithdrawal:
    async def test_the_new_keys_are_used_at_once_and_the_old_ones_prove_nothing(
        self, stored: StoredSecrets, clock: Clock
    ) -> None:
        rotation, passport_keys, token_keys = await rotation_of(stored, clock)
        await rotation.rotate()
        tokens, signer, ring = SealedTokens(token_keys), KeyInUse(passport_keys), OwnKeys(rotation)
        sealed, secret_of = tokens.seal("session", {}), tokens.kid
        passport = signer.sign(ALICE, int(clock()), 300)
        assert await verified(PassportVerifier(ring, clock, clock), passport) == ALICE

        kid = await rotation.withdraw()

        assert [key.kid for key in rotation.public()] == [kid]
        assert passport_keys.in_use.kid == kid
        with pytest.raises(Unauthenticated):
            await verified(PassportVerifier(ring, clock, clock), passport)
        with pytest.raises(NoSuchToken):
            await tokens.open("session", sealed)
        assert tokens.secret_of(secret_of, "ASIA") is None
        renewed = signer.sign(ALICE, int(clock()), 300)
        assert await verified(PassportVerifier(ring, clock, clock), renewed) == ALICE
        assert await tokens.open("session", tokens.seal("session", {})) == {}
        assert len(await stored.names(OPERATOR, "", 100)) == 2

    async def test_another_process_follows_when_it_looks(self, stored: StoredSecrets, clock: Clock) -> None:
        keys, other = await opened(stored, clock), await opened(stored, clock)
        sealed = SealedTokens(other).seal("session", {})
        made = await keys.withdraw()

        clock.now += LOOK_SECONDS
        assert not await other.rotate_if_older(86_400)

        assert other.in_use == made
        with pytest.raises(NoSuchToken):
            await SealedTokens(other).open("session", sealed)

    async def test_two_at_the_same_time_leave_a_key(self, stored: StoredSecrets, clock: Clock) -> None:
        keys, other = await opened(stored, clock), await opened(stored, clock)
        old = keys.in_use.kid

        await asyncio.gather(keys.withdraw(), other.withdraw())

        left = await opened(stored, clock)
        assert left.in_use
        assert left.find(old) is None

    @pytest.mark.parametrize("withdraw", [False, True])
    async def test_the_method_does_as_it_is_asked(self, stored: StoredSecrets, clock: Clock, *, withdraw: bool) -> None:
        rotation, passport_keys, _ = await rotation_of(stored, clock)
        nothing: Any = None
        servicer = AuthenticationServicer(nothing, nothing, nothing, rotation)

        made = await servicer.RotateKeys(pb.RotateKeysRequest(withdraw=withdraw), nothing)

        assert (passport_keys.in_use.kid == made.kid) is withdraw
        assert len(rotation.public()) == (1 if withdraw else 2)


class _Down(StoredSecrets):
    """A database that answers when it may."""

    down = False

    async def names(self, account: AccountId, prefix: str, limit: int, *, after: str = "") -> list[str]:
        if self.down:
            raise Unavailable("down")
        return await super().names(account, prefix, limit, after=after)


async def test_what_an_unknown_key_made_is_not_refused_while_the_keys_cannot_be_read(
    stored: StoredSecrets, clock: Clock
) -> None:
    database = _Down(stored._secrets, stored._vault)
    keys, other = await opened(stored, clock), await opened(database, clock)
    await keys.withdraw()
    sealed = SealedTokens(keys).seal("session", {})
    clock.now += REFRESH_SECONDS
    database.down = True

    for _ in range(3):
        with pytest.raises(Unavailable):
            await SealedTokens(other).open("session", sealed)
    database.down = False
    clock.now += REFRESH_SECONDS
    assert await SealedTokens(other).open("session", sealed) == {}
