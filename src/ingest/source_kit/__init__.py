"""Help for whoever adds a source: a template that runs, a trial of one file, the contract that holds a source."""
