"""A passkey in software: makes a key, registers it and signs with it, and lies in whatever way a test wants."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40
VERIFIED = USER_PRESENT | USER_VERIFIED


class PasskeyDevice:
    """One passkey for one relying party. `count` is the sign count that it tells next."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | None = None,
        *,
        rp_id: str = "doorward.example",
        origin: str = "https://doorward.example",
    ) -> None:
        self._key = key or ec.generate_private_key(ec.SECP256R1())
        self.rp_id = rp_id
        self.origin = origin
        self.count = 0
        self.credential_id = secrets.token_bytes(32)

    def register(self, challenge: bytes, /, *, flags: int = VERIFIED, **client_data: object) -> str:
        """The JSON of `navigator.credentials.create()`."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key()
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._header(flags | ATTESTED) + attested}
        return self.response(
            clientDataJSON=self._client_data("webauthn.create", challenge, client_data),
            attestationObject=cbor2.dumps(attestation),
            transports=["internal", "hybrid", "internal", "telepathy"],
        )

    def show(
        self,
        challenge: bytes,
        /,
        *,
        flags: int = VERIFIED,
        extra: bytes = b"",
        flip: bool = False,
        **client_data: object,
    ) -> str:
        """The JSON of `navigator.credentials.get()`; `flip` changes one bit of the signature."""
        said = self._client_data("webauthn.get", challenge, client_data)
        data = self._header(flags) + extra
        signature = bytearray(self._sign(data + hashlib.sha256(said).digest()))
        signature[-1] ^= flip
        return self.response(clientDataJSON=said, authenticatorData=data, signature=bytes(signature))

    def public_key(self) -> bytes:
        """As COSE (RFC 9053)."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self._key.public_key().public_bytes_raw()})
        point = self._key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def response(self, **parts: Any) -> str:
        """A credential with this response; bytes become base64url."""
        encoded = {name: base64url(part) if isinstance(part, bytes) else part for name, part in parts.items()}
        return json.dumps(
            {
                "id": base64url(self.credential_id),
                "rawId": base64url(self.credential_id),
                "type": "public-key",
                "response": encoded,
                "clientExtensionResults": {},
            }
        )

    def _header(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: bytes, other: dict[str, object]) -> bytes:
        said = {"type": kind, "challenge": base64url(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | other).encode()

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ec.ECDSA(SHA256()))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
