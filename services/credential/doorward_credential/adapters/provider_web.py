"""Documents of identity providers, fetched over HTTPS from hosts that an account chose, and so with care.

The host is resolved once and only its public or private unicast addresses are connected to: neither this machine nor
the link-local services of a cloud. Redirects are not followed, answers are bounded in time and size, and a refusal
does not tell what was found.
"""

import asyncio
import hashlib
import ipaddress
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
import structlog
from doorward_kernel.errors import IDPCommunicationError, InvalidIdentityToken

log = structlog.get_logger()

LONGEST_DOCUMENT = 256 * 1024
"""Bytes."""

MOST_ADDRESSES = 3
"""Of a host, tried one after the other."""

AT_ONCE = 64
"""Fetches under way; the time that one waits for its turn counts."""

_HTTPS = 443


class NotFetched(Exception):
    """Why a document could not be had; for the log."""


class ProviderWeb:
    """Fetches JSON. `connect_to` gives the address and port of hosts that are not where DNS says, as curl's does.

    A certificate must be of a CA in `trusted`, by default those of the system; else of a chain whose last certificate
    has a registered thumbprint (IAM user guide, "Obtain the thumbprint for an OpenID Connect identity provider").
    """

    def __init__(
        self,
        *,
        trusted: ssl.SSLContext | None = None,
        connect_to: Mapping[str, tuple[str, int]] | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._trusted = trusted or ssl.create_default_context()
        self._connect_to = connect_to or {}
        self._seconds = seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.fetches = 0
        """Documents asked for, whatever came of it."""

    async def get(self, url: str, thumbprints: Sequence[str]) -> Any:
        """The JSON at `url`.

        Raises IDPCommunicationError, and InvalidIdentityToken when the certificate is nobody's that is trusted.
        """
        self.fetches += 1
        try:
            async with asyncio.timeout(self._seconds), self._slots:
                return json.loads(await self._get(_checked(url), thumbprints))
        except (NotFetched, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError) as error:
            log.warning("an identity provider does not answer as it should", url=url[:300], error=repr(error)[:300])
            raise IDPCommunicationError("the identity provider did not answer as it should: try again") from None

    async def _get(self, url: SplitResult, thumbprints: Sequence[str]) -> bytes:
        failure: Exception = NotFetched("the host has no address that may be connected to")
        for address, port in await self._addresses(url):
            try:
                return await _fetch(url, address, port, self._trusted)
            except httpx.ConnectError as error:
                failure = error
                if not _is_of_certificate(error):
                    continue
            log.info("the certificate of an identity provider is of no known CA", host=url.hostname)
            return await _fetch(url, address, port, await _pinned(url, address, port, thumbprints))
        raise failure

    async def _addresses(self, url: SplitResult) -> list[tuple[str, int]]:
        host, port = url.hostname or "", url.port or _HTTPS
        if host in self._connect_to:
            return [self._connect_to[host]]
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        addresses = dict.fromkeys(str(where[4][0]) for where in found)
        return [(address, port) for address in addresses if _may_connect(address)][:MOST_ADDRESSES]


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    if (
        parts.scheme != "https"
        or not parts.hostname
        or "@" in parts.netloc
        or not url.isascii()
        or not url.isprintable()
    ):
        raise NotFetched("the URL is not one of a host, over https")
    return parts


def _may_connect(address: str) -> bool:
    """Whether a server of others may be there."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip.is_reserved)


async def _fetch(url: SplitResult, address: str, port: int, trusted: ssl.SSLContext) -> bytes:
    host = f"[{address}]" if ":" in address else address
    target = url._replace(scheme="https", netloc=f"{host}:{port}", fragment="").geturl()
    headers = {"host": url.netloc, "accept": "application/json", "accept-encoding": "identity"}
    async with (
        httpx.AsyncClient(verify=trusted, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", target, headers=headers, extensions={"sni_hostname": url.hostname}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise NotFetched(f"status {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise NotFetched("an encoding that was not asked for")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST_DOCUMENT:
                raise NotFetched(f"more than {LONGEST_DOCUMENT} bytes")
        return bytes(body)


async def _pinned(url: SplitResult, address: str, port: int, thumbprints: Sequence[str]) -> ssl.SSLContext:
    """Trust in nothing but the last certificate that the server shows, if it is registered. Host names still count."""
    top = await _last_certificate(url.hostname or "", address, port)
    thumbprint = hashlib.sha1(top, usedforsecurity=False).hexdigest()
    if thumbprint not in {each.lower() for each in thumbprints}:
        raise InvalidIdentityToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=top)
    return context


async def _last_certificate(host: str, address: str, port: int) -> bytes:
    """The last certificate of the chain that the server sends, as DER."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # shown, not trusted: nothing is sent over this connection
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(address, port, ssl=blind, server_hostname=host)
    try:
        chain = _chain(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()
    if not chain:
        raise NotFetched("no certificate")
    return chain[-1]


def _chain(connection: Any) -> list[bytes]:
    if hasattr(connection, "get_unverified_chain"):  # Python 3.13
        return list(connection.get_unverified_chain())
    shown = connection._sslobj.get_unverified_chain()  # noqa: SLF001 (the same, before it was public)
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in shown or ()]


def _is_of_certificate(error: BaseException) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
