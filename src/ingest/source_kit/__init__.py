"""Tools for adding a source: a template that runs, a trial of one file, and the contract that every source keeps."""
