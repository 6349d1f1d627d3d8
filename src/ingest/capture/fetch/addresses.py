"""Which machines may be contacted. A connection goes to the address that was checked.

Each connection resolves its name once, checks every address, and connects to one of them. A name that would answer
differently the second time (DNS rebinding) is not asked twice.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore

from ingest.capture.fetch.outcome import FetchError
from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address."""


class RefusedNetwork(KnowledgeEntry):
    """Addresses that belong to nobody's web site although registries count them as public."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    reason: str


def allowed_pairs(text: str) -> frozenset[tuple[str, int]]:
    """The ``host:port`` pairs of ``INGEST_FETCH_ALLOW_HOSTS``, parted by commas or spaces."""
    pairs = set()
    for item in text.replace(",", " ").split():
        host, colon, port = item.rpartition(":")
        if not colon or not host or not port.isdecimal():
            raise IngestError(f"INGEST_FETCH_ALLOW_HOSTS: {item!r} is no host:port pair, such as localhost:8080.")
        pairs.add((host.strip("[]").lower(), int(port)))
    return frozenset(pairs)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Not public are this machine, private, shared, link-local (where clouds keep their metadata), multicast and
    reserved ranges as the IANA registries have them (:mod:`ipaddress`), those of ``addresses.yaml``, and an
    IPv6 address that carries such an IPv4 address inside (mapped, 6to4, Teredo, NAT64).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(each) for each in _meant(ip))


def _is_public(ip: _Address) -> bool:
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)
        and not any(ip in network for network in _refused() if network.version == ip.version)
    )


def _meant(ip: _Address) -> Iterable[_Address]:
    """The addresses that a packet to ``ip`` may end at: those that it carries, and itself where it is one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return (ip,)
    if ip.ipv4_mapped:
        return (ip.ipv4_mapped,)
    if ip in _NAT64:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF),)
    return (ip, *(each for each in (ip.sixtofour, *(ip.teredo or ())) if each))


@cache
def _refused() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(entry.network for entry in knowledge("web/addresses", tuple[RefusedNetwork, ...]))


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """A network backend that connects only to addresses that it has resolved and checked itself.

    TLS above it still asks for, and verifies, the name that stands in the URL.
    """

    def __init__(self, allow: frozenset[tuple[str, int]], has_contact: bool) -> None:
        self._allow = allow
        self._has_contact = has_contact
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect. Raises :class:`FetchError` for an address that is refused."""
        addresses = await self._resolve(host, port, timeout)
        if (host.strip("[]").lower(), port) not in self._allow:
            refused = [address for address in addresses if not is_public(address)]
            if refused:
                raise FetchError(
                    "address_refused",
                    f"{host if host == refused[0] else f'{host}, at {refused[0]},'} is no public address; "
                    f"INGEST_FETCH_ALLOW_HOSTS={host}:{port} would allow it",
                )
            if not self._has_contact:
                raise FetchError(
                    "no_contact",
                    "set INGEST_FETCH_CONTACT to a mail address or a page where a site's owner can reach you",
                )
        last: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Never: a page is not behind a socket of this machine."""
        raise FetchError("address_refused", "a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore does between its own attempts to connect."""
        await asyncio.sleep(seconds)

    async def _resolve(self, host: str, port: int, timeout: float | None) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                found = await loop.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise FetchError("dns_timeout", host, retry=True) from None
        except socket.gaierror as error:
            passing = error.errno == socket.EAI_AGAIN
            raise FetchError("dns_failed", f"{host}: {error.strerror}", retry=passing) from None
        except (OSError, UnicodeError) as error:
            raise FetchError("dns_failed", f"{host}: {error}") from None
        return list(dict.fromkeys(str(item[4][0]) for item in found))
