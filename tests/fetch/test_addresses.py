from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fetching import fetch_one
from server import Answer, Server, page

from ingest.capture.fetch.addresses import allowed_pairs, is_public
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy
from ingest.errors import IngestError

CASES = yaml.safe_load(Path(__file__).with_name("addresses.yaml").read_text(encoding="utf-8"))
REFUSED = [(kind, address) for kind, addresses in CASES["refused"].items() for address in addresses]
Get = Callable[..., Response]


@pytest.mark.parametrize("address", CASES["public"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(("kind", "address"), REFUSED)
def test_other_addresses_are_not(kind: str, address: str) -> None:
    assert not is_public(address), kind


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_however_it_is_spelled(host: str, server: Server) -> None:
    with pytest.raises(FetchError) as caught:
        fetch_one(f"http://{host}:{server.port}/", Policy(contact="test@example.org"))
    assert caught.value.reason == "address_refused"
    assert server.requests == []


def test_a_redirect_to_a_refused_place_is_refused(server: Server, get: Get) -> None:
    with Server({"/secret": page("secret")}) as other:
        targets = {
            f"{other.url}/secret": "address_refused",
            "http://169.254.169.254/latest/meta-data/": "address_refused",
            "http://[fd00:ec2::254]/": "address_refused",
            "file:///etc/passwd": "scheme_refused",
            "gopher://127.0.0.1:6379/_x": "scheme_refused",
            "//127.0.0.1:1/x": "address_refused",
        }
        for target, reason in targets.items():
            server.routes["/go"] = Answer(status=302, headers={"Location": target})
            with pytest.raises(FetchError) as caught:
                get("/go")
            assert caught.value.reason == reason, target
        assert other.requests == []


def test_a_name_is_resolved_once_and_the_checked_address_is_used(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """DNS rebinding: the first answer is checked, and there is no second question whose answer could differ."""
    asked: list[str] = []
    real = asyncio.BaseEventLoop.getaddrinfo

    async def answer(self: Any, host: str, port: int, **more: Any) -> list[Any]:
        if host != "rebind.example":
            return await real(self, host, port, **more)
        asked.append(host)
        address = "93.184.216.34" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", answer)
    server.fallback = page("here")
    allowed = Policy(allow=frozenset({("rebind.example", server.port)}), connect_seconds=30)
    assert fetch_one(f"http://rebind.example:{server.port}/", allowed).status == 200
    assert asked == ["rebind.example"]
    assert server.requests[0].headers["host"] == f"rebind.example:{server.port}"

    asked.clear()
    with pytest.raises(FetchError) as caught:
        fetch_one(f"http://rebind.example:{server.port}/", Policy(contact="test@example.org"))
    assert caught.value.reason == "address_refused"
    assert asked == ["rebind.example"]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(self: Any, host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", answer)
    with pytest.raises(FetchError, match=r"10\.0\.0\.1"):
        fetch_one("http://mixed.example/", Policy(contact="test@example.org"))


def test_nobody_is_asked_without_a_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(self: Any, host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", answer)
    with pytest.raises(FetchError, match="INGEST_FETCH_CONTACT"):
        fetch_one("http://site.example/", Policy())


def test_the_allow_list_is_pairs() -> None:
    assert allowed_pairs("localhost:80, [::1]:8080") == {("localhost", 80), ("::1", 8080)}
    with pytest.raises(IngestError, match="host:port"):
        allowed_pairs("localhost")
