"""Which encoding a page is in: mark, header, declaration, then what it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.encoding import encoding_of
from ingest.read.text import binary_kind, decode

TEXTS = {
    "iso8859-2": "Wnioskując o dostęp do modelu, użytkownik akceptuje licencję. Źródło i ceny są poniżej, łódź.",
    "cp1251": "Модель отвечает на вопросы и пишет код. Лицензия разрешает использование, цена указана ниже.",
    "koi8-r": "Модель отвечает на вопросы и пишет код. Лицензия разрешает использование, цена указана ниже.",
    "cp932": "このモデルは質問に答え、コードを書くことができます。ライセンスは商用利用を許可しています。",
    "gb18030": "该模型可以回答问题并编写代码。许可证允许商业使用。发布日期和价格如下所示，评测结果已经核实。",
    "cp949": "이 모델은 질문에 답하고 코드를 작성할 수 있습니다. 라이선스는 상업적 사용을 허용합니다.",
    "utf-16-le": "This model answers questions, 模型, and writes code.",
    "utf-16-be": "Das Modell beantwortet Fragen, größer als zuvor.",
    "cp1252": "Le modèle répond à des questions très précises, là où l'été dernier il échouait encore à le faire.",
}
PAGE = "<html><head>{head}</head><body><h1>Sparrow 2</h1><p>{text}</p><p>Context 128K</p></body></html>"


@pytest.mark.parametrize("codec", TEXTS)
def test_an_encoding_is_told_by_header_declaration_or_looks(codec: str) -> None:
    page = PAGE.format(head="", text=TEXTS[codec]).encode(codec)
    assert TEXTS[codec] in decode(page).text
    assert TEXTS[codec] in decode(page, f"text/html; charset={codec}").text
    declared = PAGE.format(head=f'<meta charset="{codec}">', text=TEXTS[codec]).encode(codec)
    assert TEXTS[codec] in decode(declared).text
    assert binary_kind(page) is None


@pytest.mark.parametrize(
    ("content", "media_type", "codec", "why"),
    [
        (b"\xef\xbb\xbfabc", "text/html; charset=iso-8859-2", "utf-8", "byte_order_mark"),
        (b"\xff\xfea\x00b\x00", None, "utf-16-le", "byte_order_mark"),
        (b'<meta charset="windows-1251">\xb1', "text/html; charset=iso-8859-2", "iso8859-2", "http_header"),
        (b'<meta charset="windows-1251">\xb1', None, "cp1251", "declared"),
        (b"<meta charset=iso-8859-1>\x93x\x94", None, "cp1252", "declared"),
        ("モデル".encode("cp932"), "text/html; charset=x-sjis", "cp932", "http_header"),
        ("모델".encode("cp949"), "text/html; charset=windows-949", "cp949", "http_header"),
        ("<meta charset=x-gbk>模型".encode("gbk"), None, "gb18030", "declared"),
        (b"<meta charset=x-user-defined>\x93", None, "cp1252", "fallback"),
        ("é".encode(), "text/html; charset=iso-8859-1", "utf-8", "utf8"),
        (b"plain", "text/html; charset=iso-8859-2", "utf-8", "utf8"),
        (b"caf\xe9", None, "cp1252", "fallback"),
        (b"caf\xe9", "text/html; charset=nonsense", "cp1252", "fallback"),
        (b"\xff\xff caf\xe9", "text/html; charset=utf-8", "cp1252", "fallback"),
        (b"x", "text/html; charset=rot13", "utf-8", "utf8"),
    ],
)
def test_the_order_of_evidence(content: bytes, media_type: str | None, codec: str, why: str) -> None:
    found = encoding_of(content, media_type)
    assert (found.codec, found.why) == (codec, why)


def test_the_way_to_an_encoding_leaves_its_name() -> None:
    page = PAGE.format(head="", text=TEXTS["iso8859-2"]).encode("iso8859-2")
    assert decode(page).repairs == ["detected_charset"]
    assert decode(page, "text/html; charset=iso-8859-2").repairs == ["http_charset"]


@given(st.binary(max_size=200), st.none() | st.text(max_size=40))
def test_any_bytes_have_an_encoding(content: bytes, media_type: str | None) -> None:
    assert isinstance(decode(content, media_type).text, str)
