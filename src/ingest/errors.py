"""The exceptions that users of the package meet."""


class IngestError(Exception):
    """Something that the caller can act on.

    The message is one sentence that says what is wrong and, where there is one, what to do about it. Text
    that comes from a page must be passed through ``repr`` before it enters a message.
    """


class HeldBackError(IngestError):
    """Something was published, and sources or inputs were held back. The command line ends with status 3 then."""


class UsageError(IngestError):
    """The caller named something that does not exist or does not fit. The command line ends with status 2 then."""
