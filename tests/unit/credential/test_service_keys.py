"""The service's own keys: used once everybody knows them, and counting as long as what they made."""

import pytest
from doorward_credential.application.sealed_tokens import NoSuchToken, SealedTokens
from doorward_credential.application.service_keys import LEAD_SECONDS, REFRESH_SECONDS, ServiceKeys
from doorward_credential.application.stored_secrets import StoredSecrets

from tests.unit.credential.parts import Clock, service_keys, stored_secrets

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stored() -> StoredSecrets:
    return await stored_secrets()


@pytest.fixture
async def keys(stored: StoredSecrets, clock: Clock) -> ServiceKeys:
    return await service_keys(stored, clock)


async def test_the_first_key_is_used_at_once_and_the_next_when_everybody_knows_it(
    keys: ServiceKeys, clock: Clock
) -> None:
    first = keys.in_use
    clock.now += 10

    second = await keys.rotate()

    assert keys.in_use.kid == first.kid
    assert [key.kid for key in keys.valid] == [second.kid, first.kid]
    clock.now += LEAD_SECONDS
    assert keys.in_use.kid == second.kid


async def test_a_key_counts_for_the_overlap_after_it_was_replaced_and_is_then_forgotten(
    keys: ServiceKeys, stored: StoredSecrets, clock: Clock
) -> None:
    first = keys.in_use
    clock.now += 10
    second = await keys.rotate()
    clock.now += LEAD_SECONDS + 999

    assert keys.find(first.kid) is not None
    clock.now += 1
    assert keys.find(first.kid) is None
    third = await keys.rotate()

    other = await service_keys(stored, clock)
    assert {key.kid for key in other.valid} == {second.kid, third.kid}


async def test_another_process_uses_the_same_keys_and_finds_new_ones_when_it_sees_them(
    keys: ServiceKeys, stored: StoredSecrets, clock: Clock
) -> None:
    other = await service_keys(stored, clock)
    assert other.in_use == keys.in_use
    clock.now += 1

    made = await keys.rotate()

    assert other.find(made.kid) is None
    assert await other.look_for(made.kid) is None, "it looked just before"
    clock.now += REFRESH_SECONDS
    assert await other.look_for(made.kid) is not None


async def test_made_up_keys_are_not_looked_for_again_and_again(
    keys: ServiceKeys, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    async def counted() -> None:
        nonlocal read
        read += 1
        keys._looked_at = clock()

    monkeypatch.setattr(keys, "_read", counted)
    clock.now += REFRESH_SECONDS
    for number in range(100):
        assert await keys.look_for(f"{number:016x}") is None

    assert read == 1


async def test_keys_that_are_old_enough_are_replaced_once(keys: ServiceKeys, clock: Clock) -> None:
    assert not await keys.rotate_if_older(3600)
    clock.now += 3600

    assert await keys.rotate_if_older(3600)
    assert not await keys.rotate_if_older(3600)


async def test_no_repr_tells_a_key(keys: ServiceKeys) -> None:
    assert keys.in_use.private.hex() not in repr(keys.in_use)
    assert repr(keys.in_use.private) not in repr(keys.in_use)


class TestSealedTokens:
    async def test_a_token_is_opened_for_its_purpose_alone(self, keys: ServiceKeys) -> None:
        tokens = SealedTokens(keys)
        sealed = tokens.seal("session", {"a": 1})

        assert await tokens.open("session", sealed) == {"a": 1}
        with pytest.raises(NoSuchToken):
            await tokens.open("sign-in", sealed)

    async def test_a_token_has_one_spelling(self, keys: ServiceKeys) -> None:
        tokens = SealedTokens(keys)
        sealed = next(each for each in iter(lambda: tokens.seal("a", {"a": 1}), "") if "-" in each and "_" in each)
        standard = str.maketrans("-_", "+/")

        assert await tokens.open("a", sealed) == {"a": 1}
        for spelling in (sealed.translate(standard), sealed.replace("-", "+", 1), sealed + "=", sealed + "\n"):
            with pytest.raises(NoSuchToken):
                await tokens.open("a", spelling)

    @pytest.mark.parametrize("value", [1, 12, 123, 1234])
    async def test_no_other_bits_may_end_a_token(self, keys: ServiceKeys, value: int) -> None:
        tokens = SealedTokens(keys)
        sealed = tokens.seal("a", {"a": value})

        opened = 0
        for last in ALPHABET:
            try:
                opened += await tokens.open("a", sealed[:-1] + last) == {"a": value}
            except NoSuchToken:
                continue
        assert opened == 1

    async def test_every_changed_character_makes_it_none(self, keys: ServiceKeys) -> None:
        tokens = SealedTokens(keys)
        sealed = tokens.seal("session", {"a": 1})

        for place in range(len(sealed)):
            other = "A" if sealed[place] != "A" else "B"
            with pytest.raises(NoSuchToken):
                await tokens.open("session", sealed[:place] + other + sealed[place + 1 :])

    @pytest.mark.parametrize("token", ["", "A", "\u2603", "A" * 9000, "AQ" + "A" * 60, "=" * 40, "AAAA\n"])
    async def test_garbage_is_none(self, keys: ServiceKeys, token: str) -> None:
        with pytest.raises(NoSuchToken):
            await SealedTokens(keys).open("session", token)

    async def test_tokens_of_keys_that_no_longer_count_are_none(self, keys: ServiceKeys, clock: Clock) -> None:
        tokens = SealedTokens(keys)
        sealed, kid = tokens.seal("session", {}), tokens.kid
        clock.now += 1
        await keys.rotate()
        clock.now += LEAD_SECONDS + 1001

        with pytest.raises(NoSuchToken):
            await tokens.open("session", sealed)
        assert tokens.secret_of(kid, "ASIA") is None

    async def test_a_derived_secret_is_forty_characters_and_its_key_s_alone(self, keys: ServiceKeys) -> None:
        tokens = SealedTokens(keys)

        one, other = tokens.secret_of(tokens.kid, "ASIA1"), tokens.secret_of(tokens.kid, "ASIA2")

        assert one is not None
        assert len(one) == 40
        assert one != other
        assert one == tokens.secret_of(tokens.kid, "ASIA1")


class TestStoredSecrets:
    async def test_a_value_is_bound_to_its_name(self, stored: StoredSecrets) -> None:
        from doorward_kernel.errors import EntityAlreadyExists, NoSuchEntity  # noqa: PLC0415
        from doorward_sealing.errors import CannotUnseal, KeyErased  # noqa: PLC0415

        from tests.unit.credential.parts import ACCOUNT  # noqa: PLC0415

        await stored.put(ACCOUNT, "one", "value")
        assert await stored.get(ACCOUNT, "one") == "value"
        with pytest.raises(EntityAlreadyExists):
            await stored.put(ACCOUNT, "one", "other")
        sealed = await stored._secrets.find(ACCOUNT, "one")
        assert sealed is not None
        await stored._secrets.put(ACCOUNT, "two", sealed)
        with pytest.raises(CannotUnseal):
            await stored.get(ACCOUNT, "two")
        assert await stored.exchange(ACCOUNT, "one", "value", "third")
        assert not await stored.exchange(ACCOUNT, "one", "value", "fourth")
        assert not await stored.take(ACCOUNT, "one", "value")
        assert await stored.take(ACCOUNT, "one", "third")
        with pytest.raises(NoSuchEntity):
            await stored.get(ACCOUNT, "one")
        await stored.erase(ACCOUNT)
        with pytest.raises(KeyErased):
            await stored.put(ACCOUNT, "one", "again")
