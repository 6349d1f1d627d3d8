"""Raw bytes, kept for ever: from files, over HTTP, out of WARC files."""
