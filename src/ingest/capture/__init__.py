"""Capture raw bytes from files, HTTP and WARC files, and keep them for ever."""
