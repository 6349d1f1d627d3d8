# Commands for working on the project. `just` lists them; it comes with `.[dev]`: `.venv/bin/just`.

python := ".venv/bin/python"

_list:
    @{{ just_executable() }} --list

# Make the virtual environment with all tools, and install the commit hook.
setup:
    python3 -m venv .venv
    .venv/bin/pip install -c constraints.txt -e '.[dev]'
    .venv/bin/pre-commit install

# Run the tests; arguments go to pytest: `just test tests/name -k alias`.
test *arguments:
    .venv/bin/pytest {{ arguments }}

# Run style, format, types and doctests, as CI and the commit hook do.
lint:
    .ci/checks

# Mend style and format where that can be done without a decision.
fix:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# Generate the API pages and the data dictionary.
docs:
    {{ python }} -m ingest.records.dictionary > docs/data-dictionary.md
    {{ python }} -m ingest.source_kit.reference > docs/source-interface.md
    .venv/bin/pdoc --docformat restructuredtext --output-directory build/api ingest_flows \
        $(cd src && find ingest -name '*.py' | sort | sed 's|/__init__||; s|\.py$||; s|/|.|g')

# Take the picture of the README again, in Chromium.
picture:
    {{ python }} tests/site/take_picture.py docs/site.png

# Measure speed. Figures hold for one machine: compare two commits on it.
bench *arguments:
    .venv/bin/pytest tests/benchmarks -p no:xdist {{ arguments }}

# Break scheduled runs in some thirty ways with a real server, and count what came of it; half an hour: `just faults --seed 2`.
faults *arguments:
    {{ python }} tests/operate/faults {{ arguments }}

# Try what docs/questions.md says of versions of DuckDB and other clients; each gets an environment of its own.
clients *arguments:
    .venv/bin/pytest tests/clients -p no:xdist {{ arguments }}

# Count the small faults that the tests notice, module by module: `just mutants typos`.
mutants *names:
    .ci/mutants {{ names }}

# Run the tests with the lowest versions of the dependencies that pyproject.toml promises.
lowest:
    .ci/lowest

# Decide as CI does.
ci:
    .ci/run
