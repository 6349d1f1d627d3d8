"""What makes a record of a file the same record in its next release: never the number of its row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from ingest.records.document import Entry


def record_keys(entries: Sequence[Entry]) -> tuple[list[str | None], list[int]]:
    """The key of each entry within its file, and the places of the entries that nothing but their values tells apart.

    The key is the entry's ``record_key``, else its ``source_key``. Without both it is the name, then what the entry
    speaks of (its organization, seller, benchmarks and their conditions), then what it says: entries of one name keep
    their keys in any order of the rows. The only entry of a file that names no key needs none.
    """
    keys = [entry.record_key or entry.source_key for entry in entries]
    if len(entries) == 1:
        return keys, []
    nameless = [i for i, key in enumerate(keys) if key is None]
    names = {i: entries[i].name or "" for i in nameless}
    times = Counter(names.values())
    subjects = {i: f"{names[i]}|{_hash(_subject(entries[i]))}" for i in nameless if times[names[i]] > 1}
    times_of_subject = Counter(subjects.values())
    doubtful = [i for i, subject in subjects.items() if times_of_subject[subject] > 1]
    places: Counter[str] = Counter()
    for i in sorted(doubtful, key=lambda i: _said(entries[i])):
        places[subjects[i]] += 1
        subjects[i] = f"{subjects[i]}|{places[subjects[i]]}"
    for i in nameless:
        keys[i] = subjects.get(i) or names[i]
    return keys, doubtful


def _subject(entry: Entry) -> str:
    """What an entry speaks of, without what it says of it."""
    scores = sorted(
        json.dumps([s.benchmark, s.category, s.conditions], sort_keys=True, default=str) for s in entry.scores
    )
    prices = sorted(json.dumps([p.kind, p.tier, p.valid_from], default=str) for p in entry.prices)
    return json.dumps([entry.organization, entry.provider, scores, prices])


def _said(entry: Entry) -> str:
    texts = [s.raw_text for s in entry.stated] + [p.raw_text for p in entry.prices]
    return json.dumps([texts, [[s.score_text, s.description] for s in entry.scores]])


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
