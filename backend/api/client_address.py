"""Which address a request came from, and whether over TLS; forwarded headers count only from configured proxies."""

from ipaddress import ip_address, ip_network

from starlette.types import Scope

from backend.core.config import Settings

FORWARDED_MAX = 20


def client_address(scope: Scope, settings: Settings) -> str:
    """Return the address that we believe: the peer's, or what a configured proxy says of it.

    ``X-Forwarded-For`` is read from the right, past our own proxies; what stands left of the first stranger
    was written by that stranger.
    """
    peer = str((scope.get("client") or ("local", 0))[0])
    if not _is_trusted(peer, settings):
        return peer
    forwarded = _header(scope, b"x-forwarded-for").split(",")[-FORWARDED_MAX:]
    for hop in reversed([part.strip() for part in forwarded if part.strip()]):
        if not _is_trusted(hop, settings):
            return hop if _is_address(hop) else peer
    return peer


def is_secure(scope: Scope, settings: Settings) -> bool:
    """Tell whether the browser speaks TLS with us or with our proxy."""
    if scope.get("scheme") in ("https", "wss") or (settings.public_url or "").startswith("https://"):
        return True
    peer = str((scope.get("client") or ("local", 0))[0])
    return _is_trusted(peer, settings) and _header(scope, b"x-forwarded-proto").strip().lower() == "https"


def _is_trusted(address: str, settings: Settings) -> bool:
    if not settings.trusted_proxies or not _is_address(address):
        return False
    return any(ip_address(address) in ip_network(proxy, strict=False) for proxy in settings.trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), "")
