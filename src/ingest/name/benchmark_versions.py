"""Days, versions and splits in a benchmark's name, as the catalogue writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.name.endings import MONTHS

_DAY = re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?!\d)")
_LENGTH = re.compile(r" ?@ ?(\d{1,4}[kKM])$")
_AT_VERSION = re.compile(r"@v?(\d{1,2}\.\d{1,2})$")
_POINTED = re.compile(r"(?<=[^\W\d_])[ _-]?(\d{1,2}\.\d{1,2})$")
_RELEASE = re.compile(r"(?:,? |[_(-]{1,2})\(?release[ _-](v\d{1,2}|20\d\d-\d\d-\d\d|20\d{6})(?!\w)", re.IGNORECASE)
_NUMBERED_VERSION = re.compile(r",? \(?version (\d{1,2}(?:\.\d{1,2})?)\)?(?!\w)", re.IGNORECASE)
_SPAN_OF_YEARS = re.compile(r"(?<=[^\W\d])[ _'’-]{1,2}(?:20)?(2\d)[-–_/](2\d)$")
_SHORT_YEAR = re.compile(r"(?<=[^\W\d_])[ _'’-]{0,2}(2\d)$")
_EDITION = re.compile(r"(?<=[^\W\d_])[ _-]?(v?)([2-9])$", re.IGNORECASE)
_MONTH_OF_YEAR = re.compile(r"[ _(-]{1,2}(?:([01]?\d)/(20\d\d)|(20\d\d)[-/.]([01]\d))\)?$")
_AMERICAN_DAY = re.compile(r"[ _(-]{1,2}(?:([01]?\d)/|([A-Za-z]{3,9})\.? )([0-3]?\d)(?:/|, ?| )(20\d\d)\)?$")
_VERSION_OF_TWO_DIGITS = re.compile(r"[ _-]v(\d)(\d)(?!\w)", re.IGNORECASE)
_SPLIT_INSIDE = re.compile(
    r"[ _-](test|dev|val|validation|mini|testmini|cot|dev[ _-]val)(?=[ _-][^\W_])", re.IGNORECASE
)


def with_the_split_behind(listed: str) -> Iterator[str]:
    """A split or a prompting inside a name, put behind it: "MMBench_DEV_EN_V11", "mgsm_cot_zh"."""
    if inside := _SPLIT_INSIDE.search(listed):
        rest = f"{listed[: inside.start()]}{listed[inside.end() :]}"
        yield f"{rest} {inside[1]}"
        if version := _VERSION_OF_TWO_DIGITS.search(rest):
            yield f"{rest[: version.start()]} v{version[1]}.{version[2]}{rest[version.end() :]} {inside[1]}"


def of_versions(listed: str) -> Iterator[str]:
    """A day without its hyphens, a year of two digits, a month as "06/2024", a version without its "v" or with a word
    before it, a length behind "@"."""
    ends_in_number = listed[-1:].isdecimal()
    if ends_in_number and (year := _SHORT_YEAR.search(listed)):
        yield f"{listed[: year.start()]} 20{year[1]}"
    if ends_in_number and (span := _SPAN_OF_YEARS.search(listed)):
        yield f"{listed[: span.start()]} 20{span[1]}-20{span[2]}"
    yield from _of_days(listed)
    if "v" in listed or "V" in listed:
        yield from _of_two_digits(listed)
    if ends_in_number and (edition := _EDITION.search(listed)):
        yield f"{listed[: edition.start()]} {'' if edition[1] else 'v'}{edition[2]}"
    if "20" in listed and (day := _DAY.search(listed)):
        yield f"{listed[: day.start()]}{day[1]}-{day[2]}-{day[3]}{listed[day.end() :]}"
    if listed.endswith(" 1.0"):  # the first version is what the plain name means, where no other is catalogued
        yield listed.removesuffix(" 1.0")
    yield from _of_points(listed)
    if "ersion" in listed and (numbered := _NUMBERED_VERSION.search(listed)):
        yield f"{listed[: numbered.start()]} v{numbered[1]}{listed[numbered.end() :]}"
    if "elease" in listed and (release := _RELEASE.search(listed)):
        yield f"{listed[: release.start()]} {release[1]}"
    if "@" in listed:
        if length := _LENGTH.search(listed):
            yield f"{listed[: length.start()]} {length[1]}"
        if version := _AT_VERSION.search(listed):
            yield f"{listed[: version.start()]} {version[1]}"


def _of_points(listed: str) -> Iterator[str]:
    """The version "2.0" as "v2.0" and as "v2"."""
    if "." in listed and (version := _POINTED.search(listed)):
        yield f"{listed[: version.start()]} v{version[1]}"
        if version[1].endswith(".0"):  # "MM-Vet 2.0"
            yield f"{listed[: version.start()]} v{version[1][:-2]}"


def _of_two_digits(listed: str) -> Iterator[str]:
    """The version "V11" as "v1.1"."""
    if version := _VERSION_OF_TWO_DIGITS.search(listed):
        yield f"{listed[: version.start()]} v{version[1]}.{version[2]}{listed[version.end() :]}"


def _of_days(listed: str) -> Iterator[str]:
    """A month as "06/2024" or "2024-06", a day as "11/25/2024" or "Nov 25, 2024", as the catalogue writes them."""
    if "20" not in listed:
        return
    if month := _MONTH_OF_YEAR.search(listed):
        year, number = (month[2], int(month[1])) if month[1] else (month[3], int(month[4]))
        yield f"{listed[: month.start()]} {year}-{number:02}"
        name = next((word for word, at in MONTHS.items() if at == number), "")
        yield f"{listed[: month.start()]} {name} {year}"
    if day := _AMERICAN_DAY.search(listed):
        number = int(day[1]) if day[1] else MONTHS.get(day[2].lower(), 0)
        if 1 <= number <= 12:
            yield f"{listed[: day.start()]} {day[4]}-{number:02}-{int(day[3]):02}"
