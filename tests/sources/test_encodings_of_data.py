"""Feed files in other encodings than UTF-8 are read as pages in them are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.records import Capture
from ingest.sources import parse

NAMES = {
    "utf-16": "Zürich Größe", "utf-16-le": "Zürich Größe", "utf-16-be": "Zürich Größe", "utf-32": "Zürich Größe",
    "utf-8-sig": "Zürich Größe", "cp1252": "Zürich Größe", "cp1251": "Большая языковая модель Заря",
    "cp932": "大規模言語モデル さくら", "gb18030": "通义千问大语言模型", "cp949": "한국어 언어 모델 하늘",
}  # fmt: skip
UNMARKED = {"cp1252", "cp1251", "cp932", "gb18030", "cp949"}
"""Encodings that the bytes do not tell for certain: the HTTP header does."""


def listed(name: str) -> str:
    """A list of models of a gateway, with a name and a description beyond ASCII."""
    models = [
        {
            "id": f"acme-ai/robin-{number}", "name": f"Robin {number}", "description": f"{name} {number}, {name}",
            "context_length": 64_000, "pricing": {"prompt": "0.000001", "completion": "0.000004"},
            "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        }
        for number in range(3)
    ]  # fmt: skip
    return json.dumps({"data": models}, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("encoding", NAMES)
def test_a_list_of_models_says_the_same_in_any_encoding(encoding: str) -> None:
    text = listed(NAMES[encoding])
    media_type = f"application/json; charset={encoding}" if encoding in UNMARKED else None
    read, plain = (
        parse(Capture(content, "models.json", declared))
        for content, declared in ((text.encode(encoding), media_type), (text.encode(), None))
    )
    assert (read.rejected, read.entries) == (None, plain.entries)
    assert len(read.entries) == 3


def test_a_table_says_the_same_in_any_encoding() -> None:
    header = "id,Model,mean_score,Best score (across scorers),stderr,Started at,task,Model version\n"
    rows = "".join(f"{n},Zürich {n},0.5{n},0.5{n},0.01,2025-01-0{n},GPQA diamond,zürich-{n}\n" for n in range(1, 7))
    read, plain = (
        parse(Capture((header + rows).encode(encoding), "runs.csv"), "epoch") for encoding in ("utf-16", "utf-8")
    )
    assert (read.rejected, read.entries) == (plain.rejected, plain.entries)


def test_a_list_in_utf_16_leads_back_to_its_places(house: Any) -> None:
    file: Path = house.root / "feeds" / "models.json"
    file.parent.mkdir()
    file.write_bytes(listed("Zürich").encode("utf-16"))
    done = house.cli("run", file)
    assert (done.returncode, "models.json: read as utf-16-le (byte_order_mark)" in done.stdout) == (0, True)
    assert house.cli("verify").returncode == 0
    assert house.rows("SELECT encoding, encoding_reason FROM captures") == [("utf-16-le", "byte_order_mark")]
    file.write_bytes(listed("Zürich").encode("utf-16")[:-20])
    done = house.cli("run", file)
    assert (done.returncode, "cut_off" in done.stderr) == (1, True)


def test_a_broken_byte_of_a_list_costs_that_character(house: Any) -> None:
    content = listed("Zürich Größe").encode().replace(b"Zurich", b"Z", 1).replace("ü".encode(), b"\xfc", 1)
    document = ingest.parse(content)
    assert (document.rejected, len(document.entries)) == (None, 3)
