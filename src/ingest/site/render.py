"""Turn pages into files: templates with escaping on, and the parts that all pages share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.report.addresses import file_name, web_link
from ingest.site import picture, wording
from ingest.site.content import Content
from ingest.site.pages import NAVIGATION, About, SitePage

_HERE = Path(__file__).parent
_SHARED = ("site.css", "theme.js", "site.js", "charts.js", "sql.js")
_VEGA = "assets/vega.js"

MISSING = "The site needs further parts. Install them with: pip install -c constraints.txt -e '.[site]'"


class Renderer:
    """Writes pages from the templates. Escaping is on for every template.

    Raises :class:`IngestError` where the packages that a site needs are not installed.
    """

    def __init__(self, about: About, content: Content, served: Sequence[SitePage] = ()) -> None:
        if not all(find_spec(part) for part in ("jinja2", "vl_convert")):
            raise IngestError(MISSING)
        import jinja2  # noqa: PLC0415  # an extra: a release is made without it

        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "shown": wording.shown, "value": wording.value, "day": wording.day, "usd": wording.usd,
            "score": wording.score, "tokens": wording.tokens, "factor": wording.factor, "page": file_name,
            "link": web_link, "words": _words, "condition": picture.condition,
        }  # fmt: skip
        self._environment.globals |= {
            "about": about,
            "names": content.names,
            "navigation": [*NAVIGATION, *((page.path, page.title) for page in served)],
            "policy": POLICY,
        }

    def write(self, folder: Path, page: SitePage) -> None:
        """Write a page below ``folder``."""
        path = folder / page.path
        path.parent.mkdir(exist_ok=True)
        root = "../" * page.path.count("/")
        html = self._environment.get_template(page.template).render(page.names, here=page.path, root=root)
        path.write_text(html, "utf-8", newline="\n")


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of every page: nothing from elsewhere, and no script but the files of the site."""


def _words(name: object) -> str:
    """The name of a rule, field or reason as words."""
    return wording.shown(str(name).replace("_", " "))


def write_assets(folder: Path, index: Sequence[Sequence[str]], earlier: Path) -> None:
    """Write what all pages share: style, scripts, charts and the index of the search.

    The scripts of Vega are taken from the ``earlier`` site where it has those of the same version.
    """
    assets = folder / "assets"
    assets.mkdir()
    for name in _SHARED:
        (assets / name).write_bytes((_HERE / "assets" / name).read_bytes())
    charts = {path.stem: json.loads(path.read_bytes()) for path in sorted(_HERE.glob("charts/*.json"))}
    (assets / "specs.js").write_text(_script("ingestCharts", charts), "utf-8")
    (assets / "search.js").write_text(_script("ingestSearch", index), "utf-8")
    _write_vega(folder / _VEGA, earlier / _VEGA)


def _script(name: str, data: Any) -> str:
    """Data as a script that a page can load without a server. Markup cannot end it early."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return f"window.{name}={text.replace('<', chr(92) + 'u003c')};\n"


_SHOWN_TO_PAGES = "window.vegaEmbed = vegaEmbed;"
"""What the bundle of Vega leaves in reach of charts.js."""


def _write_vega(path: Path, earlier: Path) -> None:
    import vl_convert  # noqa: PLC0415  # an extra: a release is made without it

    made_by = version_of("vl-convert-python")
    grammar = vl_convert.get_vegalite_versions()[-1]
    head = f"/* Vega {vl_convert.get_vega_version()}, Vega-Lite {grammar}, from vl-convert {made_by} */\n"
    try:
        with earlier.open("rb") as file:
            if file.read(len(head)) == head.encode():
                path.write_bytes(earlier.read_bytes())
                return
    except OSError:
        pass
    # in a function of its own: the bundle has constants with names of one letter at its top level
    path.write_text(f"{head}(() => {{\n{vl_convert.javascript_bundle(_SHOWN_TO_PAGES, grammar)}\n}})();\n", "utf-8")
