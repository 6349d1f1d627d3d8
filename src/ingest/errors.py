"""The exceptions that users of the package meet, and what their messages leave out."""

import re


class IngestError(Exception):
    """Something that the caller can act on.

    The message is one sentence that says what is wrong and, where there is one, what to do about it. Text
    that comes from a page must be passed through ``repr`` before it enters a message.
    """


class HeldBackError(IngestError):
    """Something was published, and sources or inputs were held back. The command line ends with status 3 then."""


class UsageError(IngestError):
    """The caller named something that does not exist or does not fit. The command line ends with status 2 then."""


def without_password(text: str) -> str:
    """The text without the passwords in it, as PostgreSQL takes them
    (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).

    >>> without_password("dbname=lake password = 'a b' user=me"), without_password("postgresql://me:a@b@host/lake")
    ('dbname=lake password=… user=me', 'postgresql://me:…@host/lake')
    """
    text = re.sub(r"(?i)password\s*=\s*(?:(''|')(?:[^'\\]|\\.)*\1|\S+)", "password=…", text)
    return re.sub(r"://([^:/@\s]*):\S*@", r"://\1:…@", text)
