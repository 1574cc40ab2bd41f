"""Passports are signed and verified; whatever is wrong with one is refused, and a flood costs nothing."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from doorward_kernel.errors import Unauthenticated, Unavailable
from doorward_keyring.passport import Passport, claims_of
from doorward_runtime import key_ring, passports
from doorward_runtime.passports import PassportSigner, PassportVerifier, jwks

from tests.unit.runtime.passports import ALICE, KEY, NOW, OTHER_KEY, SESSION, SIGNER, Clock, Keys, verified

GOOD = SIGNER.sign(ALICE, NOW, 300)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HEADER = {"alg": "EdDSA", "typ": "passport+jwt", "kid": "one"}
CLAIMS = claims_of(ALICE) | {"iss": "doorward", "aud": "doorward", "iat": NOW, "exp": NOW + 300}
NEEDED = CLAIMS.keys() - {"key"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys(one=KEY)


@pytest.fixture
def verifier(keys: Keys, clock: Clock) -> PassportVerifier:
    return PassportVerifier(keys, clock, clock)


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def token(header: Any = HEADER, claims: Any = CLAIMS) -> str:
    """Signed with the right key, whatever it says."""
    body = f"{part(header)}.{part(claims)}"
    return f"{body}.{part(KEY.sign(body.encode()))}"


def mac(header: dict[str, Any], secret: bytes) -> str:
    body = f"{part(header)}.{part(CLAIMS)}"
    return f"{body}.{part(hmac.new(secret, body.encode(), hashlib.sha512).digest())}"


class TestSigning:
    @pytest.mark.parametrize("passport", [ALICE, SESSION], ids=["user", "role session"])
    async def test_a_signed_passport_is_verified_as_it_was(
        self, verifier: PassportVerifier, passport: Passport
    ) -> None:
        assert await verified(verifier, SIGNER.sign(passport, NOW, 300)) == passport

    def test_the_header_says_type_key_and_algorithm_and_nothing_else(self) -> None:
        assert jwt.get_unverified_header(GOOD) == HEADER

    @pytest.mark.parametrize("seconds", [-1, 0, 3601])
    def test_a_passport_is_valid_for_an_hour_at_most(self, seconds: int) -> None:
        with pytest.raises(ValueError, match="3600"):
            SIGNER.sign(ALICE, NOW, seconds)

    def test_the_key_set_is_one_that_others_can_verify_with(self) -> None:
        published = json.loads(json.dumps(jwks({"one": KEY.public_key(), "two": OTHER_KEY.public_key()})))

        found = jwt.PyJWKSet.from_dict(published)["one"]

        assert jwt.decode(GOOD, found, audience="doorward", options={"verify_exp": False, "verify_iat": False})
        assert published["keys"][1] == {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": part(OTHER_KEY.public_key().public_bytes_raw()),
            "kid": "two",
            "use": "sig",
            "alg": "EdDSA",
        }


class TestForgeries:
    @pytest.mark.parametrize(
        ("name", "forged"),
        [
            ("no algorithm", f"{part(HEADER | {'alg': 'none'})}.{part(CLAIMS)}."),
            ("no algorithm but a signature", token(HEADER | {"alg": "none"})),
            ("the public key as a secret", mac(HEADER | {"alg": "HS512"}, KEY.public_key().public_bytes_raw())),
            (
                "the public key's PEM as a secret",
                mac(
                    HEADER | {"alg": "HS512"},
                    KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
                ),
            ),
            ("HMAC in the name of EdDSA", mac(HEADER, KEY.public_key().public_bytes_raw())),
            ("another algorithm's name", token(HEADER | {"alg": "Ed25519"})),
            ("another spelling", token(HEADER | {"alg": "eddsa"})),
            ("another type", token(HEADER | {"typ": "JWT"})),
            ("no type", token({"alg": "EdDSA", "kid": "one"})),
            ("no key id", token({"alg": "EdDSA", "typ": "passport+jwt"})),
            ("a key id that is no text", token(HEADER | {"kid": 1})),
            ("a key id that is a list", token(HEADER | {"kid": ["one"]})),
            ("an endless key id", token(HEADER | {"kid": "x" * 65})),
            ("a key of its own", token(HEADER | {"jwk": jwks({"one": OTHER_KEY.public_key()})["keys"][0]})),
            ("an address of keys", token(HEADER | {"jku": "https://evil.example/jwks.json"})),
            ("a critical extension", token(HEADER | {"crit": ["b64"], "b64": False})),
            ("a header that is no object", token([HEADER])),
            ("a header that is not UTF-8", token(b"\xff\xfe")),
            ("a header of brackets", token(b"[" * 5000)),
            ("claims that are no object", token(claims=[CLAIMS])),
            ("claims that are not UTF-8", token(claims=b"\xff")),
            ("claims of brackets", token(claims=b"[" * 5000)),
            ("another audience", token(claims=CLAIMS | {"aud": "other"})),
            ("audiences", token(claims=CLAIMS | {"aud": ["doorward", "other"]})),
            ("another issuer", token(claims=CLAIMS | {"iss": "https://doorward"})),
            ("issuers", token(claims=CLAIMS | {"iss": ["doorward"]})),
            *(
                (f"no `{name}`", token(claims={k: v for k, v in CLAIMS.items() if k != name}))
                for name in sorted(NEEDED)
            ),
            *((f"empty `{name}`", token(claims=CLAIMS | {name: None})) for name in CLAIMS if name != "temporary"),
            ("an expiry that is a text", token(claims=CLAIMS | {"exp": str(NOW + 300)})),
            ("an expiry that is a fraction", token(claims=CLAIMS | {"exp": NOW + 0.5})),
            ("an expiry without end", token(claims=CLAIMS | {"exp": float("inf")})),
            ("a validity of a day", token(claims=CLAIMS | {"exp": NOW + 86_400})),
            ("a validity before its issue", token(claims=CLAIMS | {"exp": NOW + 10, "iat": NOW + 20})),
            ("an issue in the future", token(claims=CLAIMS | {"iat": NOW + 61})),
            ("an issue that is true", token(claims=CLAIMS | {"iat": True, "exp": NOW + 300})),
            ("an account that is none", token(claims=CLAIMS | {"account": "1"})),
            ("an unknown kind", token(claims=CLAIMS | {"kind": "Operator"})),
            ("tags that are none", token(claims=CLAIMS | {"tags": "team"})),
            ("another's signature", PassportSigner("one", OTHER_KEY).sign(ALICE, NOW, 300)),
            ("no signature", GOOD.rpartition(".")[0] + "."),
            ("a fourth part", GOOD + ".AAAA"),
            ("five parts of an encrypted token", GOOD + ".AAAA.AAAA"),
            ("a blank behind", GOOD + " "),
            ("a line break behind", GOOD + "\n"),
            ("padding", GOOD + "=="),
            ("characters that decoders skip", GOOD[:-3] + "!" + GOOD[-3:]),
            ("nothing", ""),
            ("a full stop", "."),
            ("what is not ASCII", GOOD.replace(".", "．")),
            ("another alphabet", GOOD[:-1] + "Ａ"),
            ("more than is read", token(claims=CLAIMS | {"name": "x" * 12_000})),
        ],
        ids=lambda value: value if isinstance(value, str) and len(value) < 60 and "ey" not in value[:3] else "",
    )
    async def test_a_forged_passport_is_refused(self, verifier: PassportVerifier, name: str, forged: str) -> None:
        assert await verified(verifier, GOOD) == ALICE, name

        with pytest.raises(Unauthenticated) as refused:
            await verified(verifier, forged)

        assert "passport" in refused.value.message
        assert refused.value.message.count("`") == 0, "a message that tells nothing of the token"

    async def test_every_change_of_a_character_is_refused(self, verifier: PassportVerifier) -> None:
        assert await verified(verifier, GOOD) == ALICE

        for place, character in enumerate(GOOD):
            other = ALPHABET[(ALPHABET.find(character) + 1 + place) % len(ALPHABET)]
            if other == character:
                continue
            changed = GOOD[:place] + other + GOOD[place + 1 :]
            try:
                passport = await verified(verifier, changed)
            except Unauthenticated:
                continue
            assert passport == ALICE
            assert _bytes(changed) == _bytes(GOOD), "only bits that stand for nothing may differ"

    async def test_a_signature_of_a_withdrawn_key_is_refused_at_once(
        self, verifier: PassportVerifier, keys: Keys, clock: Clock
    ) -> None:
        assert await verified(verifier, GOOD) == ALICE
        keys.keys = {"two": OTHER_KEY.public_key()}
        clock.now += key_ring.REFRESH_SECONDS + 1

        assert verifier.verify(GOOD) == ALICE, "the answer of the owner of the keys is not waited for"
        await asyncio.sleep(0.01)

        with pytest.raises(Unauthenticated):
            await verified(verifier, GOOD)


class TestTime:
    async def test_a_passport_expires_also_when_it_is_remembered(
        self, verifier: PassportVerifier, clock: Clock
    ) -> None:
        assert await verified(verifier, GOOD) == ALICE

        clock.now = NOW + 304.9
        assert await verified(verifier, GOOD) == ALICE
        clock.now = NOW + 305
        for _ in range(2):
            with pytest.raises(Unauthenticated):
                await verified(verifier, GOOD)

    async def test_a_clock_that_is_a_minute_ahead_is_forgiven(self, verifier: PassportVerifier) -> None:
        assert await verified(verifier, SIGNER.sign(ALICE, NOW + 60, 300)) == ALICE

    async def test_what_is_remembered_is_bounded(
        self, verifier: PassportVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(passports, "MAX_REMEMBERED", 3 * len(GOOD))
        tokens = [SIGNER.sign(ALICE, NOW, seconds) for seconds in range(300, 320)]

        for _ in range(2):
            for each in tokens:
                assert await verified(verifier, each) == ALICE

        assert len(verifier._remembered) == 3
        assert verifier._characters == sum(map(len, verifier._remembered))


class TestKeys:
    async def test_a_known_key_needs_no_waiting(self, verifier: PassportVerifier) -> None:
        first = verifier.verify(GOOD)
        assert not isinstance(first, Passport)
        await first

        assert verifier.verify(SIGNER.sign(SESSION, NOW, 300)) == SESSION

    async def test_a_new_key_is_found(self, verifier: PassportVerifier, keys: Keys, clock: Clock) -> None:
        await verified(verifier, GOOD)
        keys.keys["two"] = OTHER_KEY.public_key()
        clock.now += key_ring.PAUSE_SECONDS

        assert await verified(verifier, PassportSigner("two", OTHER_KEY).sign(ALICE, NOW, 300)) == ALICE
        assert await verified(verifier, GOOD) == ALICE
        assert keys.asked == 2

    async def test_a_flood_of_made_up_keys_asks_once_in_five_seconds_and_leaves_nothing(
        self, verifier: PassportVerifier, keys: Keys, clock: Clock
    ) -> None:
        flood = [PassportSigner(f"made-up-{number}", OTHER_KEY).sign(ALICE, NOW, 300) for number in range(500)]

        answers = await asyncio.gather(*(verified(verifier, each) for each in flood), return_exceptions=True)
        later = await asyncio.gather(*(verified(verifier, each) for each in flood), return_exceptions=True)

        assert {type(answer) for answer in answers + later} == {Unauthenticated}
        assert keys.asked == 1
        assert not verifier._remembered
        clock.now += key_ring.PAUSE_SECONDS
        await asyncio.gather(*(verified(verifier, each) for each in flood), return_exceptions=True)
        assert keys.asked == 2

    async def test_without_keys_nobody_is_refused_but_told_to_come_again(
        self, verifier: PassportVerifier, keys: Keys, clock: Clock
    ) -> None:
        keys.down = True

        for _ in range(3):
            with pytest.raises(Unavailable):
                await verified(verifier, GOOD)

        assert keys.asked == 1
        keys.down = False
        clock.now += key_ring.PAUSE_SECONDS
        assert await verified(verifier, GOOD) == ALICE

    async def test_known_keys_serve_on_while_nobody_answers_but_not_for_ever(
        self, verifier: PassportVerifier, keys: Keys, clock: Clock
    ) -> None:
        await verified(verifier, GOOD)
        keys.down = True

        clock.now += key_ring.LONGEST_SECONDS - 10
        assert await verified(verifier, SIGNER.sign(ALICE, int(clock.now), 300)) == ALICE
        clock.now += 20
        with pytest.raises(Unavailable):
            await verified(verifier, SIGNER.sign(SESSION, int(clock.now), 300))

    async def test_who_gives_up_waiting_does_not_take_the_answer_from_others(self, clock: Clock) -> None:
        keys = _Slow(one=KEY)
        verifier = PassportVerifier(keys, clock, clock)
        waiting = [asyncio.ensure_future(verified(verifier, GOOD)) for _ in range(2)]
        await asyncio.sleep(0)

        waiting[0].cancel()
        await asyncio.sleep(0)
        keys.go.set()

        assert await waiting[1] == ALICE

    async def test_an_owner_of_keys_that_does_not_answer_is_not_waited_for(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_ring, "FETCH_SECONDS", 0.01)

        with pytest.raises(Unavailable):
            await verified(PassportVerifier(_Slow(one=KEY), clock, clock), GOOD)


class _Slow(Keys):
    """Answers when it may."""

    def __init__(self, **keys: Any) -> None:
        super().__init__(**keys)
        self.go = asyncio.Event()

    async def fetch(self) -> dict[str, Ed25519PublicKey]:
        await self.go.wait()
        return dict(await super().fetch())


def _bytes(token: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)) for piece in token.split(".")]
