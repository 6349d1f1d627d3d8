"""After a run that changed something: the site and the release, made again where a setting names their folders."""

from __future__ import annotations

import base64
from pathlib import Path

from prefect import get_run_logger, task
from prefect.artifacts import create_image_artifact, create_link_artifact

from ingest.export import MANIFEST as OF_RELEASE
from ingest.export import export
from ingest.settings import Settings
from ingest.site import MANIFEST as OF_SITE
from ingest.site import build
from ingest.site.still import changes_as_png
from ingest.summary import Summary


def make_again(settings: Settings, summary: Summary) -> None:
    """Make the site and the release again where the settings ask for them, and the run wrote rows or they are absent.

    What was published stays published where that fails: the trouble is logged, and the next run tries again.
    """
    for folder, manifest, make in ((settings.site, OF_SITE, make_site), (settings.export, OF_RELEASE, make_release)):
        if folder is not None and (summary.rows_written or not (folder / manifest).is_file()):
            try:
                make(settings, folder, summary)
            except Exception as error:
                get_run_logger().warning("%s could not be made again: %s", folder, error)


@task(task_run_name="site {folder}", persist_result=False)
def make_site(settings: Settings, folder: Path, summary: Summary) -> None:
    """Build the site, and leave a link to it and the picture of what the run changed."""
    built = build(settings.warehouse, folder)
    get_run_logger().info("%s: %s pages, version %s", folder, f"{built.pages:,}", built.version)
    address = settings.site_address or (folder.resolve() / "index.html").as_uri()
    create_link_artifact(address, key="site", link_text=f"Site, version {built.version}", description=str(folder))
    picture = changes_as_png(settings.warehouse, summary.run_id)
    if picture is not None:
        shown = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        create_image_artifact(shown, key="changes-picture", description="What the run changed")


@task(task_run_name="export {folder}", persist_result=False)
def make_release(settings: Settings, folder: Path, _: Summary) -> None:
    """Write the release, and leave a link to it."""
    done = export(settings.warehouse, folder)
    get_run_logger().info("%s: %s rows, version %s", folder, f"{sum(done.rows.values()):,}", done.version)
    text = f"Release, version {done.version}"
    create_link_artifact((folder.resolve() / "README.md").as_uri(), key="export", link_text=text)
