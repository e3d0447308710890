"""`huiqi import`: documents from files into the database, whole or not at all.

What an import over HTTP does, without HTTP; telling is only done when asked for.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands.fault import Fault
from service.commands.inside import inside
from service.commands.language import IN_WORDS, Language, of_the_terminal
from service.publishing import actions, confirming
from service.publishing.importing import Placed, read_sources, sources_of
from service.publishing.warned import doubts_of
from service.services import Services

_SUMS: Mapping[Language, str] = {
    Language.EN: "{created} created, {changed} changed, {unchanged} unchanged: ",
    Language.ZH: "新建 {created} 份，改动 {changed} 份，未变 {unchanged} 份：",
}
_ENDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "tried": "only tried, nothing is stored",
        "published": "published",
        "drafts": "drafts, which `huiqi publish ID` makes live",
    },
    Language.ZH: {
        "tried": "只是试导入，没有写入",
        "published": "已发布",
        "drafts": "存为草稿，用 `huiqi publish ID` 发布",
    },
}


def run(
    path: Annotated[Path, typer.Argument(help="A document (.yaml .yml .json .ndjson), or a folder of them.")],
    publish: Annotated[bool, typer.Option("--publish", help="Publish them too.")] = False,
    notify: Annotated[bool, typer.Option("--notify", help="Tell those that they are for.")] = False,
    confirm: Annotated[int | None, typer.Option(help="How many will be told, when they are many.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and do nothing.")] = False,
    lang: Annotated[
        Language | None, typer.Option(help="The language of the sentences; else the terminal's.")
    ] = None,
) -> None:
    """Import documents as drafts, or publish them at once."""
    language = lang or of_the_terminal()
    sources = sources_of(path)
    if not sources:
        raise Fault(f"{path}: no documents here (.yaml .yml .json .ndjson)")

    async def work(services: Services) -> dict[str, Any]:
        placed = read_sources(sources, services.registry)
        doubts = doubts_of(placed, services.registry)
        lines = [f"{file}: {doubt.line(IN_WORDS[language])}" for file, doubt in doubts]
        if dry_run:
            async with services.db.read() as c:
                return {**await actions.compare_all(c, placed), "warnings": lines}
        outcome = await _imported(services, placed, publish=publish, notify=notify, confirm=confirm)
        return {**outcome, "warnings": lines}

    outcome = inside(work)
    for line in outcome["warnings"]:
        print(f"{'warning':<9}  {line}")
    for word in ("created", "changed", "unchanged"):
        for name in outcome[word]:
            print(f"{word:<9}  {name}")
    end = "tried" if dry_run else "published" if publish else "drafts"
    sums = {word: len(outcome[word]) for word in ("created", "changed", "unchanged")}
    print(_SUMS[language].format(**sums) + _ENDS[language][end])


async def _imported(
    services: Services, placed: list[Placed], *, publish: bool, notify: bool, confirm: int | None
) -> dict[str, Any]:
    async with services.db.write() as c:
        now = services.clock.now()
        if publish and notify:
            await confirming.check_all(services, c, [each.document for each in placed], confirm)
        outcome = await actions.import_all(c, placed, now, publish=publish, notify=notify)
    await services.wake.notify()
    return outcome
