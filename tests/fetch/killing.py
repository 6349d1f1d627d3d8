"""Kills a crawl at random moments, again and again, and says what the archive holds at the end.

    python tests/fetch/killing.py 50        # kills; 6 of them are in the tests

The crawl runs in a process of its own and is ended with SIGKILL, so nothing gets to tidy up.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from server import Answer, Request, Server, page

from ingest.capture.archive import Archive, sha256_of
from ingest.capture.fetch import Target, crawl
from ingest.settings import Settings


def settings_of(raw: Path, host: str) -> Settings:
    return Settings(raw=raw, fetch_allow_hosts=host, fetch_rate=0, fetch_backoff_seconds=0.01)


def kill_again_and_again(raw: Path, pages: int, kills: int, seed: int) -> dict[str, int]:
    """Crawl ``pages`` pages with ``kills`` kills on the way; gives what went wrong by kind (all zero: nothing)."""
    source = random.Random(seed)

    def answer(request: Request) -> Answer:
        return Answer(page(f"model {request.path}").body, delay=0.01)

    with Server() as server:
        server.fallback = answer
        listed = "".join(f"<url><loc>{server.url}/{number}</loc></url>" for number in range(pages))
        server.routes["/sitemap.xml"] = Answer(f"<urlset>{listed}</urlset>".encode(), media_type="application/xml")
        command = [sys.executable, __file__, "crawl", str(raw), server.host]
        unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        killed = 0
        while killed < kills:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, env=unmeasured)
            assert process.stdout is not None
            process.stdout.readline()  # imports are done: the moment falls into the crawl
            time.sleep(source.uniform(0, 0.6))
            process.kill()
            killed += process.wait() != 0
            process.stdout.close()
        report = crawl(Target.of([f"{server.url}/sitemap.xml"]), settings_of(raw, server.host))
        requested = Counter(path for path in server.paths() if path != "/sitemap.xml")
        url = server.url
    archive = Archive(raw)
    found = [record for record in archive.records() if "not_data" not in record.extra]
    last = {record.extra["crawl"] for record in found}
    by_crawl = Counter((record.extra["crawl"], record.location) for record in found)
    here = {record.location for record in found}
    return {
        "missing": sum(f"{url}/{number}" not in here for number in range(pages)),
        "twice in one crawl": sum(count > 1 for count in by_crawl.values()),
        "damaged": sum(sha256_of(archive.load(record.sha256)) != record.sha256 for record in found),
        "failed": len(report.failures),
        "left": report.left,
        "crawls begun": len(last),
        "fetched again": sum(requested.values()) - len(by_crawl),
    }


def _crawl(raw: str, host: str) -> None:
    target = Target.of([f"http://{host}/sitemap.xml"])
    print("ready", flush=True)
    crawl(target, settings_of(Path(raw), host))


if __name__ == "__main__":
    if sys.argv[1] == "crawl":
        _crawl(sys.argv[2], sys.argv[3])
    else:
        for seed in range(3):
            with tempfile.TemporaryDirectory() as folder:
                print(kill_again_and_again(Path(folder), 3000, int(sys.argv[1]), seed))
