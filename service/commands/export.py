"""`huiqi export`: every document as it is live, else as its draft, in the form that `huiqi import` takes.

Reads one moment of the database; a running service goes on.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from policies.json_writing import to_json
from service.commands.fault import Fault
from service.commands.inside import inside
from service.publishing import store
from service.services import Services
from service.yaml_writing import to_yaml

_AT_ONCE = 100


def run(
    folder: Annotated[
        Path | None, typer.Argument(help="Gets one YAML file a document; without it, NDJSON on the output.")
    ] = None,
) -> None:
    """Write every document: a YAML file each into a folder, or one JSON line each."""
    documents = inside(_all)
    if folder is None:
        for document in documents:
            print(to_json(document))
        return
    _into(folder, documents)
    print(f"{folder}: {len(documents)} documents")


async def _all(services: Services) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    async with services.db.read() as c:
        while found := await store.listed(c, None, documents[-1]["id"] if documents else "", _AT_ONCE):
            documents += [content for _, content in found]
    return documents


def _into(folder: Path, documents: list[dict[str, Any]]) -> None:
    """Writes the files; never over one of another content."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {folder / f"{document['id']}.yaml": to_yaml(document) for document in documents}
    others = [file for file, text in written.items() if file.exists() and file.read_text("utf-8") != text]
    if others:
        raise Fault(*(f"{file}: exists with another content" for file in others))
    for file, text in written.items():
        aside = file.with_suffix(".new")
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, file)
