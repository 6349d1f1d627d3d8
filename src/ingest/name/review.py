"""Decisions about names that a person made: read them, list what waits for one, write one back.

A decision is one line of ``decisions.yaml`` (or of the file that ``INGEST_NAMES_DATA`` names): the name as listed,
``as`` with the id that it is another spelling of, or ``new: true``, or ``distinct_from`` with near ids, and a reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from ingest.errors import IngestError
from ingest.knowledge import FOLDER
from ingest.name import benchmarks, models, text
from ingest.name.data import DECISIONS_VARIABLE, decisions, read_decisions
from ingest.name.model_catalogue import model_catalogue, nearest_models
from ingest.name.model_text import model_key

Kind = Literal["benchmark", "model"]

_RELEASE = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
"""What the id of a dated release adds to that of its model."""

_LISTS: dict[Kind, str] = {"benchmark": "benchmarks", "model": "models"}


@dataclass(slots=True, frozen=True)
class Pending:
    """A name that waits for a decision. ``nearest`` holds known ids with a likeness of 0 to 100, best first.

    ``uses`` is the number of rows that stand under it.
    """

    kind: Kind
    name: str
    why: str
    nearest: tuple[tuple[str, float], ...]
    uses: int = 0


@dataclass(slots=True, frozen=True)
class Unused:
    """An entry of the catalogues or a decision that no name has led to."""

    kind: Kind
    entry: str
    name: str


def unused(used: Mapping[Kind, Set[str]], listed: Mapping[Kind, Set[str]]) -> list[Unused]:
    """Entries without use: ``used`` holds the ids that were met, ``listed`` the names, of each kind.

    A model with dated releases is used where one of them is. A name of a model may be a source's own id of it.
    """
    found: list[Unused] = []
    named: dict[Kind, dict[str, str]] = {
        "benchmark": {b.benchmark_id: b.name for b in benchmarks.benchmark_catalogue().values()},
        "model": {m.model_id: m.name for m in model_catalogue().values()},
    }
    for kind, names in named.items():
        met = used[kind] | {_RELEASE.sub("", identifier) for identifier in used[kind]}
        found += [Unused(kind, identifier, name) for identifier, name in names.items() if identifier not in met]
        spelled = {s for name in listed[kind] for s in (models.spellings(name) if kind == "model" else (name,))}
        keys = {_key(kind, name) for name in spelled}
        decided = (decision.name for decision in decisions(_LISTS[kind]))
        found += [Unused(kind, "decision", name) for name in decided if _key(kind, name) not in keys]
    return found


def pending(listed: Iterable[tuple[Kind, str, str, int]], limit: int = 3) -> list[Pending]:
    """Of (kind, name, why, uses) rows, those that nobody has decided yet, each once, most used first."""
    decided = {kind: {_key(kind, decision.name) for decision in decisions(_LISTS[kind])} for kind in _LISTS}
    found: dict[tuple[Kind, str], Pending] = {}
    for kind, name, why, uses in listed:
        key = _key(kind, name)
        if key in decided[kind] or (kind, key) in found:
            continue
        found[kind, key] = Pending(kind, name, why, tuple(_nearest(kind, name, limit)), uses)
    return sorted(found.values(), key=lambda p: (p.kind, -p.uses, p.name))


def _nearest(kind: Kind, name: str, limit: int) -> list[tuple[str, float]]:
    near = benchmarks.nearest_benchmarks if kind == "benchmark" else nearest_models
    return near(name, limit)


def decide(
    kind: Kind,
    name: str,
    *,
    reason: str,
    same_as: str | None = None,
    distinct_from: Iterable[str] = (),
    data: Path | None = None,
) -> Path:
    """Writes one decision into the data file, the rest of the file untouched, and gives the file's path.

    With ``same_as`` the name is another spelling of that id; without, it is a thing of its own. Raises
    :class:`ingest.IngestError` for an unknown id, a name that is decided already, an empty reason, or a file that
    cannot be written.
    """
    name, reason = text.collapse(name), text.collapse(reason)
    known = benchmarks.benchmark_catalogue() if kind == "benchmark" else model_catalogue()
    apart = list(distinct_from)
    for identifier in [*([same_as] if same_as else []), *apart]:
        if identifier not in known:
            near = ", ".join(each for each, _ in _nearest(kind, identifier.rpartition("/")[2], 3))
            raise IngestError(f"there is no known {kind} {identifier!r}{near and f'; the nearest are {near}'}")
    if not name or not reason:
        raise IngestError("a decision needs a name and a reason")
    if any(_key(kind, decision.name) == _key(kind, name) for decision in decisions(_LISTS[kind])):
        raise IngestError(f"{name!r} is decided already; change its line in the data file instead")
    row: dict[str, Any] = {"name": name}
    if same_as:
        row["as"] = same_as
    else:
        row["new"] = True
        if apart:
            row["distinct_from"] = apart
    row["reason"] = reason
    path = data or data_file()
    _append(path, _LISTS[kind], row)
    benchmarks.forget_decisions()
    models.forget_decisions()
    return path


def data_file() -> Path:
    """The file that decisions are written to: the user's own where one is set, else the project's."""
    own = os.environ.get(DECISIONS_VARIABLE)
    return Path(own) if own else FOLDER / "names/decisions.yaml"


def _key(kind: Kind, name: str) -> str:
    return text.name_key(name) if kind == "benchmark" else model_key(name)


def _append(path: Path, section: str, row: dict[str, Any]) -> None:
    line = "- " + yaml.safe_dump(row, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6).strip()
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except OSError as error:
        raise IngestError(f"cannot read {path}: {error}") from error
    lines = _with_line(before.removesuffix("\n").split("\n") if before else [], section, line)
    content = "\n".join(lines) + "\n"
    written = yaml.safe_load(content)
    if not isinstance(written, dict) or row not in (written.get(section) or []):
        raise IngestError(f"{path} is not laid out as a file of decisions: '{section}:' with one line for each")
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise IngestError(f"cannot write {path}: {error}; name another file with {DECISIONS_VARIABLE}") from error
    read_decisions(path)


def _with_line(lines: list[str], section: str, line: str) -> list[str]:
    """The lines with one more at the end of a section; comments and all other lines stay as they are."""
    heads = [
        i for i, existing in enumerate(lines) if existing.split("#")[0].rstrip() in {f"{section}:", f"{section}: []"}
    ]
    if not heads:
        return [*lines, f"{section}:", line]
    head = heads[0]
    end = head + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in "- #"):
        end += 1
    while end > head + 1 and not lines[end - 1].startswith("- "):
        end -= 1
    opened = lines[head].replace(f"{section}: []", f"{section}:")
    return [*lines[:head], opened, *lines[head + 1 : end], line, *lines[end:]]
