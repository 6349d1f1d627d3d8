"""Publishing: one writer at a time, and a finished file swapped in while readers keep the old one."""

from ingest.publish.lock import open_lock, writer_lock
from ingest.publish.swap import Previous, beside, discard, left_behind, publish, second_name, state_of, working_copy

__all__ = [
    "Previous",
    "beside",
    "discard",
    "left_behind",
    "open_lock",
    "publish",
    "second_name",
    "state_of",
    "working_copy",
    "writer_lock",
]
