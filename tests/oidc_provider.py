"""An OIDC provider on loopback over real TLS, with certificates of its own, that can misbehave."""

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

HOST = "idp.example"
LOOPBACK = "127.0.0.1"
RSA_KEY = rsa.generate_private_key(65537, 2048)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Authority:
    """A certificate authority."""

    def __init__(self, name: str = "test authority") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _certificate(name, self.key, name, self.key, authority=True)

    @property
    def thumbprint(self) -> str:
        """As IAM registers it: SHA-1 in hex."""
        return hashlib.sha1(self.certificate.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest()

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts this authority alone."""
        return ssl.create_default_context(cadata=self.certificate.public_bytes(Encoding.PEM).decode())

    def serving(self, directory: Path, host: str = HOST, top: "Authority | None" = None) -> ssl.SSLContext:
        """A server for this host, which shows its certificate and that of the authority (or of `top`)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(host, key, self.certificate.subject.rfc4514_string()[3:], self.key, authority=False)
        shown = (certificate, (top or self).certificate)
        chain, private = directory / "chain.pem", directory / "key.pem"
        chain.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in shown))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, private)
        return context


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={subject}"))
        .issuer_name(x509.Name.from_rfc4514_string(f"CN={issuer}"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    return builder.sign(signer, SHA256())


@dataclass
class Answer:
    """What the server says: `wait` seconds later, and then `body` so many `times`."""

    status: str = "200 OK"
    headers: tuple[str, ...] = ("content-type: application/json",)
    body: bytes = b""
    times: int = 1
    wait: float = 0.0


@dataclass
class OidcProvider:
    """Answers with its discovery document and its keys, or with what `answers` has for a path."""

    port: int = 0
    path: str = ""
    keys: dict[str, PrivateKey] = field(default_factory=lambda: {"one": RSA_KEY})
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As IAM registers it: without `https://`."""
        return f"{HOST}{self.path}"

    @property
    def connect_to(self) -> Mapping[str, tuple[str, int]]:
        return {HOST: (LOOPBACK, self.port)}

    def token(self, *, kid: str | None = "one", alg: str = "RS256", key: Any = None, **claims: Any) -> str:
        """A token signed with the key `kid`; a claim that is None is left out."""
        said = {"iss": f"https://{self.url}", "sub": "alice", "aud": "app", "iat": 1_000, "exp": 2_000} | claims
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            key or self.keys[kid or next(iter(self.keys))],
            alg,
            headers={"kid": kid} if kid else None,
        )

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = request.split(" ")[1]
            self.asked.append(path)
            answer = self.answers.get(path) or self._usual(path)
            await asyncio.sleep(answer.wait)
            head = (f"HTTP/1.1 {answer.status}", *answer.headers, "connection: close", "", "")
            writer.write("\r\n".join(head).encode())
            for _ in range(answer.times):
                writer.write(answer.body)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    def _usual(self, path: str) -> Answer:
        if path == f"{self.path}/.well-known/openid-configuration":
            issuer = f"https://{self.url}"
            return Answer(body=json.dumps({"issuer": issuer, "jwks_uri": f"https://{HOST}/keys"}).encode())
        if path == "/keys":
            return Answer(
                body=json.dumps({"keys": [jwk(key) | {"kid": kid} for kid, key in self.keys.items()]}).encode()
            )
        return Answer(status="404 Not Found")


def jwk(key: PrivateKey) -> dict[str, Any]:
    """The public half, as a JSON Web Key."""
    match key:
        case rsa.RSAPrivateKey():
            return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            return ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)


def unsigned(header: object, claims: object) -> str:
    """A token with this header, these claims, and a signature of no meaning."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (json.dumps(header).encode(), json.dumps(claims).encode(), b"signature")
    )


@contextlib.asynccontextmanager
async def serving(provider: OidcProvider, tls: ssl.SSLContext) -> AsyncIterator[OidcProvider]:
    """The provider on a free port of loopback, while the block lasts."""
    server = await asyncio.start_server(provider.answer, LOOPBACK, 0, ssl=tls)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
