"""Importing a module changes nothing outside it: no environment, hook, error handler or logging level."""

from __future__ import annotations

import json
import subprocess
import sys

PROBE = """
import codecs, json, logging, os, pkgutil, sys
from importlib import import_module
from pathlib import Path

changes = []

def watched(owner, name):
    original = getattr(owner, name)
    def wrapper(*arguments, **named):
        frame = sys._getframe(1)
        while frame is not None and Path(frame.f_code.co_filename).name in {"os.py", "_collections_abc.py"}:
            frame = frame.f_back
        module = frame.f_globals.get("__name__", "") if frame else ""
        if module.partition(".")[0] in {"ingest", "ingest_flows"}:
            changes.append(f"{module}: {name}")
        return original(*arguments, **named)
    setattr(owner, name, wrapper)

for owner, name in (
    (type(os.environ), "__setitem__"), (type(os.environ), "__delitem__"), (codecs, "register_error"),
    (codecs, "register"), (sys, "addaudithook"), (os, "register_at_fork"),
    (logging.Logger, "setLevel"), (logging.Logger, "addHandler"), (logging.Logger, "addFilter"),
    (logging, "basicConfig"), (logging, "disable"),
):
    watched(owner, name)
imported = 0
for package in ("ingest", "ingest_flows"):
    root = import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        import_module(module.name)
        imported += 1
print(json.dumps({"imported": imported, "changes": sorted(set(changes))}))
"""


def test_importing_every_module_changes_nothing_outside() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=300)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["imported"] > 100
    assert said["changes"] == []
