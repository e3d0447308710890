#!/bin/sh
# Makes run.txt and test.txt from pyproject.toml: exact versions, hashes, no torch (torch.txt says why).
set -eu
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet pip-tools==7.6.2
compile() {
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --constraint requirements/torch.txt "$@" pyproject.toml
}
without_torch() {
    awk '/^[a-zA-Z0-9]/ { skip = /^torch==/ } !skip' "$1.raw" > "$1"
    rm "$1.raw"
}
compile --output-file requirements/run.txt.raw
without_torch requirements/run.txt
compile --extra test --constraint requirements/run.txt --output-file requirements/test.txt.raw
without_torch requirements/test.txt
