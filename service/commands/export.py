"""`huiqi export`: every document as it is live, else as its draft, in the form that `huiqi import` takes.

Or what was shown and what became of it, as a table. Reads one moment; a running service goes on.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from policies.json_writing import to_json
from service.commands.fault import Fault
from service.commands.inside import inside
from service.learning import frames
from service.publishing import store
from service.services import Services
from service.yaml_writing import to_yaml

_AT_ONCE = 100


def run(
    folder: Annotated[
        Path | None, typer.Argument(help="Gets one YAML file a document; without it, NDJSON on the output.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="Instead, what was shown and what became of it: a .parquet, .csv or .csv.gz file."),
    ] = None,
) -> None:
    """Write every document: a YAML file each into a folder, or one JSON line each."""
    if events is not None:
        _events(events)
        return
    documents = inside(_all)
    if folder is None:
        for document in documents:
            print(to_json(document))
        return
    _into(folder, documents)
    print(f"{folder}: {len(documents)} documents")


def _events(path: Path) -> None:
    """Writes the log of what was shown, with its features, and of the events; docs: frames.COLUMNS."""
    try:
        frames.check(path)
    except ValueError as refusal:
        raise Fault(str(refusal)) from None
    found = inside(_frame)
    frames.write(found, path)
    print(f"{path}: {len(found)} rows")


async def _frame(services: Services) -> Any:
    async with services.db.read() as c:
        return await frames.frame(c)


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
