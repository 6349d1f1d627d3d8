"""Who sells access to a model, and whether it speaks as the model's maker. The names are in ``providers.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.knowledge import FOLDER, read_yaml
from ingest.read.values import is_nothing


@dataclass(frozen=True, slots=True)
class Provider:
    """A seller: ``maker`` is the organization whose own models it sells, None for a host of others' models."""

    id: str | None
    maker: str | None = None
    own: tuple[str, ...] = ()

    def makes(self, model: str) -> bool:
        """Whether it sells the model with this id as its maker.

        >>> provider("bedrock").makes("us.amazon.nova-lite-v1:0"), provider("bedrock").makes("anthropic.claude-v2")
        (True, False)
        """
        if self.maker is None or not self.own:
            return self.maker is not None
        tail = model.rpartition("/")[2].lower()
        return any(tail.startswith(start) or f".{start}" in tail for start in self.own)


@lru_cache(maxsize=4096)
def provider(name: str) -> Provider:
    """The provider that a source's name means; one that is not known keeps its name as id and counts as a host.

    The id is None where the source names nobody.
    """
    spelled = "" if is_nothing(name.strip()) else _key(name)
    return _known().get(spelled) or Provider(spelled or None)


def _key(name: str) -> str:
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())[:80]


@cache
def _known() -> dict[str, Provider]:
    found: dict[str, Provider] = {}
    for row in read_yaml(FOLDER / "names/providers.yaml"):
        each = Provider(row["id"], row.get("maker"), tuple(row.get("own", ())))
        for name in (row["id"], *row.get("names", ())):
            found[_key(name)] = each
    return found
