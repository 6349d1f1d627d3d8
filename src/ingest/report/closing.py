"""What a run or a crawl did, for people: a few plain lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ingest.report.text import printable

if TYPE_CHECKING:
    from ingest.capture.fetch import CrawlReport
    from ingest.pipeline import Summary

_MOST_LISTED = 20


def closing_summary(summary: Summary) -> str:
    """What a run did, for people: a few plain lines."""

    took = sum(summary.seconds.values())
    lines = [
        *_inputs_by_kind(summary),
        *(f"           {printable(file)}" for file in (*summary.rejected_files, *summary.encoded_files)),
        f"rows       {summary.rows_written:,} written, "
        f"{summary.rows_quarantined:,} quarantined{_reasons(summary.quarantined)}",
    ]
    if summary.captures_read or summary.captures_rejected:
        failed = sum(summary.checks_failed.values())
        lines += [
            f"checks     {summary.checks_passed:,} passed, {failed:,} failed{_reasons(summary.checks_failed)}",
            f"unread     {summary.unread_lines:,} lines",
        ]
    if summary.captures_read or summary.models:  # where nothing was loaded, nothing was counted
        lines += [
            f"warehouse  {summary.models:,} models, {summary.scores:,} scores, {summary.prices:,} prices "
            f"in {printable(summary.warehouse)}",
        ]
    lines += [f"source     {told}" for told in off(summary)]
    if took >= 1:
        lines.append("seconds    " + ", ".join(f"{step} {seconds:.2f}" for step, seconds in summary.seconds.items()))
    return "\n".join(lines)


def off(summary: Summary) -> list[str]:
    """A sentence for each source of another package that is switched off, since it cannot be used."""
    return [printable(f"{name} is switched off: {why}") for name, why in summary.sources_off.items()]


def nothing_came(report: Mapping[str, Any]) -> bool:
    """Whether a crawl, told as plain data, tried pages and could fetch none of them."""
    return bool(report["found"] and report["tried"] and report["failures"]) and not (
        report["would_fetch"] or report["fetched"]
    )


def closing_report(report: CrawlReport) -> str:
    """What a crawl did, for people: a few plain lines."""

    if report.would_fetch or (not report.tried and not report.requests and not report.failures):
        listed = [printable(url) for url in report.would_fetch]
        return "\n".join([f"{len(listed):,} of {report.found:,} pages would be fetched", *listed])
    soft = sum(report.soft_failures.values())
    lines = [
        f"pages      {report.found:,} found, {report.done_before:,} done before, {report.fresh:,} young enough, "
        f"{report.left:,} left",
        f"fetched    {report.fetched:,} ({report.unchanged:,} unchanged, {report.duplicates:,} of pages that had come)",
        f"no data    {soft:,}{_reasons(_most_first(report.soft_failures))}",
        f"failed     {sum(report.failed.values()):,}{_reasons(_most_first(report.failed))}",
        f"requests   {report.requests:,} in {report.seconds:.1f} s, {report.bytes / 1e6:.1f} MB",
    ]
    for failure in report.failures[:_MOST_LISTED]:
        detail = f": {failure.detail}" if failure.detail else ""
        lines.append(printable(f"  {failure.url}  {failure.reason}{detail}"))
    if len(report.failures) > _MOST_LISTED:
        lines.append(f"  and {len(report.failures) - _MOST_LISTED:,} more (--json lists them)")
    if report.stopped:
        lines.append("stopped; the next run goes on from here")
    return "\n".join(lines)


def _inputs_by_kind(summary: Summary) -> list[str]:
    """A line for pages, and one for feed files where there are any."""
    every = (summary.captures_read, summary.captures_unchanged, summary.captures_rejected)
    feeds = (summary.feeds_read, summary.feeds_unchanged, summary.feeds_rejected)
    pages = tuple(all_of - of_feeds for all_of, of_feeds in zip(every, feeds, strict=True))
    kinds = [(name, counted) for name, counted in (("pages", pages), ("feeds", feeds)) if any(counted)]
    lines = [
        f"{name:<11}{read:,} read, {unchanged:,} unchanged, {rejected:,} rejected"
        for name, (read, unchanged, rejected) in kinds or [("pages", pages)]
    ]
    lines[-1] += _reasons(summary.rejected)
    return lines


def _reasons(counts: Mapping[str, int]) -> str:
    """Counts by reason in brackets, or "" if there are none."""
    return f" ({', '.join(f'{printable(name)} {n}' for name, n in counts.items())})" if counts else ""


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
