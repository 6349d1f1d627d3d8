"""What the tests of one machine among several share: object storage, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres import Postgres, why_not


@pytest.fixture(scope="session")
def storage() -> Iterator[dict[str, str]]:
    """The environment of object storage of this process alone."""
    pytest.importorskip("moto.server", reason="moto is not installed: the extra [test] has it")
    pytest.importorskip("obstore", reason="the extra [s3] is not installed")
    from object_store import object_storage  # noqa: PLC0415  (needs moto)

    with object_storage() as environment:
        yield environment


@pytest.fixture
def in_storage(storage: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The bucket that the environment of this test reaches."""
    from object_store import BUCKET  # noqa: PLC0415  (needs moto)

    for name, value in storage.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of PostgreSQL of this process alone."""
    if (why := why_not()) is not None:
        pytest.skip(why)
    with Postgres("lake") as server:
        yield server
