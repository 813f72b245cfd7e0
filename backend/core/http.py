"""The one way out: an HTTP client that decides at each connection whether the address may be reached.

The check sits where a socket is about to be made, so it sees the address that is really connected to: spellings
of hosts, redirects and changing DNS answers have nothing to work with. Operators may name inner hosts (an Ollama
beside us) for providers; addresses that users or models name never get that.
"""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import aiohttp
from yarl import URL

from backend.core.stream_connection import StreamConnection, StreamLimits
from backend.core.stream_http import StreamHttp

NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
COMPATIBLE = ip_network("::/96")
SITE_LOCAL = ip_network("fec0::/10")
RELAY_ANYCAST = ip_network("192.88.99.0/24")
CONNECTIONS_MAX = 4096
REDIRECTS = frozenset((301, 302, 303, 307, 308))
REDIRECTS_MAX = 3
URL_CHARS_MAX = 8192
USER_AGENT = "latent"


class AddressNotAllowed(OSError):
    """The address must not be reached from here."""


class FetchFailure(StrEnum):
    """Why a file could not be fetched."""

    NOT_ALLOWED = "not_allowed"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    PACKED = "packed"
    BROKEN = "broken"


class FetchFailed(Exception):
    """A file could not be fetched, or not to its end."""

    def __init__(self, failure: FetchFailure) -> None:
        self.failure = failure
        super().__init__(failure)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a fetched file may take. ``grace_s``: how long nothing may come, and when the rate begins to count."""

    bytes_max: int
    total_s: float
    grace_s: float
    rate_min_bytes_per_s: int


def is_public(text: str) -> bool:
    """Tell whether an address belongs to the public internet, whatever it is wrapped in.

    ``ipaddress`` calls NAT64, 6to4, compatible, site-local and multicast addresses global; the IPv4 address
    inside is what would be reached, so it is what is judged.
    """
    address = ip_address(text.split("%", 1)[0])
    for _ in range(4):
        inner = _unwrap(address) if isinstance(address, IPv6Address) else None
        if inner is None:
            break
        address = inner
    refused = address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global
    if isinstance(address, IPv6Address):
        return not (refused or address in SITE_LOCAL)
    return not (refused or address in RELAY_ANYCAST)


def _unwrap(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in NAT64) or address in COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _guarded_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    """Make a socket for an address that may be reached; raises AddressNotAllowed."""
    family, kind, protocol, _, target = addr_info
    if not is_public(target[0]):
        raise AddressNotAllowed("the address is not public")
    return socket.socket(family, kind, protocol)


class OutboundHttp:
    """The client of this process; opened at its first use inside an event loop."""

    def __init__(self, inner_hosts: Iterable[str] = ()) -> None:
        """``inner_hosts``: ``name`` (any port) or ``name:port`` that providers may live on."""
        self._inner_hosts = frozenset(host.lower() for host in inner_hosts)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._streams = StreamHttp(is_public)

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """Return the session for a provider's address: unguarded only for hosts that the operator named."""
        return self._session(inner=self._is_inner(url))

    async def post_stream(
        self, url: URL, headers: dict[str, str], body: bytes, limits: StreamLimits
    ) -> StreamConnection:
        """Send a request to a provider whose answer comes in small pieces; the same guard. Raises StreamFailed."""
        named = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        return await self._streams.post(url, named, body, limits, guarded=not self._is_inner(url))

    async def fetch(self, address: str, limits: FetchLimits, *, home: URL | None = None) -> AsyncGenerator[bytes]:
        """Yield the bytes at an address that a provider named, as they come; close the iterator to stop.

        Only https on its usual port is fetched, and whatever has the origin of ``home``: the address that the
        operator gave for that provider, the one way to an inner host. Redirects are followed by hand, each as a new
        address; nothing that identifies us is sent anywhere. Raises FetchFailed.
        """
        deadline = time.monotonic() + limits.total_s
        response = await self._follow(address, home, deadline, limits)
        try:
            _check_headers(response, limits)
            received, begun = 0, time.monotonic()
            chunks = response.content.iter_any()
            while chunk := await _next_chunk(chunks, min(deadline, time.monotonic() + limits.grace_s)):
                received += len(chunk)
                if received > limits.bytes_max:
                    raise FetchFailed(FetchFailure.TOO_LARGE)
                owed = (time.monotonic() - begun - limits.grace_s) * limits.rate_min_bytes_per_s
                if received < owed:
                    raise FetchFailed(FetchFailure.TIMEOUT)
                yield chunk
        finally:
            response.close()

    async def _follow(
        self, address: str, home: URL | None, deadline: float, limits: FetchLimits
    ) -> aiohttp.ClientResponse:
        """Return the response that is no redirect; its body is unread."""
        url = _parse(address)
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._get(url, home, min(deadline, time.monotonic() + limits.grace_s))
            if response.status not in REDIRECTS:
                return response
            location = response.headers.get("Location", "")
            response.close()
            url = _parse(location, base=url)
        raise FetchFailed(FetchFailure.NOT_ALLOWED)

    async def _get(self, url: URL, home: URL | None, deadline: float) -> aiohttp.ClientResponse:
        if home is not None and url.origin() == home.origin():
            session = self.session_for(home)
        elif url.scheme == "https" and url.port == 443:
            session = self._session(inner=False)
        else:
            raise FetchFailed(FetchFailure.NOT_ALLOWED)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await session.get(url, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=None))
        except TimeoutError:
            raise FetchFailed(FetchFailure.TIMEOUT) from None
        except aiohttp.ClientConnectorError as error:
            inner = isinstance(error.os_error, AddressNotAllowed) or isinstance(error.__cause__, AddressNotAllowed)
            raise FetchFailed(FetchFailure.NOT_ALLOWED if inner else FetchFailure.UNREACHABLE) from None
        except ValueError:  # aiohttp's word for an address that it cannot use
            raise FetchFailed(FetchFailure.NOT_ALLOWED) from None
        except aiohttp.ClientError:
            raise FetchFailed(FetchFailure.BROKEN) from None

    def _is_inner(self, url: URL) -> bool:
        host = (url.host or "").lower()
        return host in self._inner_hosts or f"{host}:{url.port}" in self._inner_hosts

    def _session(self, *, inner: bool) -> aiohttp.ClientSession:
        if inner not in self._sessions:
            factory = None if inner else _guarded_socket
            connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, socket_factory=factory, ttl_dns_cache=60)
            self._sessions[inner] = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                read_bufsize=256 * 1024,
            )
        return self._sessions[inner]

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        await self._streams.close()


def _parse(address: str, *, base: URL | None = None) -> URL:
    """Return the address, joined to where it was named; raises FetchFailed for what is none, or names a user."""
    try:
        given = URL(address[:URL_CHARS_MAX])
        url = base.join(given) if base is not None else given
        usable = url.scheme in ("http", "https") and bool(url.host) and url.user is None and url.password is None
    except ValueError:
        usable = False
    if not usable:
        raise FetchFailed(FetchFailure.NOT_ALLOWED)
    return url.with_fragment(None)


def _check_headers(response: aiohttp.ClientResponse, limits: FetchLimits) -> None:
    """Refuse by status, packing and announced length, before anything is read. Raises FetchFailed."""
    status = response.status
    if status == 429 or status >= 500:
        raise FetchFailed(FetchFailure.UNREACHABLE)
    if 400 <= status < 500:
        raise FetchFailed(FetchFailure.GONE)
    if status != 200:
        raise FetchFailed(FetchFailure.BROKEN)
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchFailed(FetchFailure.PACKED)
    if response.content_length is not None and response.content_length > limits.bytes_max:
        raise FetchFailed(FetchFailure.TOO_LARGE)


async def _next_chunk(chunks: AsyncIterator[bytes], deadline: float) -> bytes:
    """Return what comes next, nothing at the end. Raises FetchFailed, also for a body shorter than announced."""
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            return await anext(chunks, b"")
    except TimeoutError:
        raise FetchFailed(FetchFailure.TIMEOUT) from None
    except aiohttp.ClientError:
        raise FetchFailed(FetchFailure.BROKEN) from None
