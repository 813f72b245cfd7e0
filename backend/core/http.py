"""The one way out: an HTTP client that decides at each connection whether the address may be reached.

The check sits where a socket is about to be made, so it sees the address that is really connected to: spellings
of hosts, redirects and changing DNS answers have nothing to work with. Operators may name inner hosts (an Ollama
beside us) for providers; addresses that users or models name never get that.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import aiohttp
from yarl import URL

NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
COMPATIBLE = ip_network("::/96")
SITE_LOCAL = ip_network("fec0::/10")
RELAY_ANYCAST = ip_network("192.88.99.0/24")
CONNECTIONS_MAX = 4096


class AddressNotAllowed(OSError):
    """The address must not be reached from here."""


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

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """Return the session for a provider's address: unguarded only for hosts that the operator named."""
        return self._session(inner=self._is_inner(url))

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
                headers={"User-Agent": "latent", "Accept-Encoding": "identity"},
                read_bufsize=256 * 1024,
            )
        return self._sessions[inner]

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
