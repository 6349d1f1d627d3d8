"""`ingest look`: the site on this machine, with a box for SQL."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import Annotated

import typer

from ingest.cli.options import Warehouse
from ingest.look import looking
from ingest.settings import load_settings


def look(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0: any that is free.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only say the address.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Show the warehouse in the browser, with a box for SQL that only reads, until Ctrl-C.

    Anyone on this machine can open the address, nobody else.
    """
    with looking(load_settings(warehouse=warehouse).warehouse, port) as server:
        print(f"{server.address}  (Ctrl-C ends it)", flush=True)
        if not no_browser and _has_screen():
            webbrowser.open(server.address)
        server.serve_forever()


def _has_screen() -> bool:
    """Whether a browser with windows can open here; one in the terminal would take it over."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
