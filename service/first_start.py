"""The first start: catalogue and demo enterprises are imported, the encoder is made, the index is built.

Can be interrupted anywhere and run again. Tells nobody of anything.
"""

import asyncio
import logging
import os
import sys
from importlib.resources import files
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from index import generation
from index.e5_file import WrongFile
from index.encoder import DEFAULT, EncoderMissing, materialise
from policies.demo import demo_enterprises
from policies.facts import Registry, china
from policies.profiles import read_profile
from service import logs
from service.clock import Clock, SystemClock
from service.commands.fault import Fault
from service.commands.telling import told
from service.database import installation
from service.database.engine import Database
from service.enterprises import actions as enterprises
from service.instants import instant
from service.progress import Tick, step
from service.publishing import actions as publishing
from service.publishing.importing import Placed, read_sources, sources_of
from service.services import compose
from service.settings import Settings
from service.worker import Worker

NO_CATALOGUE = "none"
LOOK_S = 0.1


def catalogue(settings: Settings, registry: Registry) -> list[Placed]:
    """The documents that a first start publishes. Raises Refused, and OSError where there is no folder."""
    if settings.catalogue == NO_CATALOGUE:
        return []
    folder = Path(settings.catalogue or str(files("policies").joinpath("catalogue")))
    if not folder.exists():
        raise FileNotFoundError(2, "no such folder (HUIQI_CATALOGUE)", str(folder))
    return read_sources(sources_of(folder), registry)


async def import_all(settings: Settings, db: Database, registry: Registry, clock: Clock) -> None:
    """Publishes the catalogue and adds the demo enterprises, in one transaction; once for an installation."""
    async with db.read() as c:
        if await installation.began_at(c) is not None:
            return
    now = clock.now()
    placed = await asyncio.to_thread(catalogue, settings, registry)
    async with db.write() as c:
        await publishing.import_all(c, placed, now, publish=True, notify=False)
        if settings.with_demo:
            await add_demo(c, registry, clock)
        await installation.begin(c, instant(now))


async def add_demo(c: AsyncConnection, registry: Registry, clock: Clock) -> int:
    """Adds the demo enterprises, or puts them back as they were; how many there are."""
    firms = demo_enterprises(registry)
    for firm in firms:
        body = {name: value for name, value in firm.items() if name != "id"}
        profile = read_profile(body, registry, today=clock.today(), name_required=True)
        await enterprises.put(c, registry, firm["id"], profile, clock.now(), demo=True)
    return len(firms)


async def build_index(settings: Settings, registry: Registry, clock: Clock, tick: Tick) -> None:
    """Works off what waits, as a worker does, until there is an index."""
    services = compose(settings, clock, registry)
    worker = Worker(services)
    working = asyncio.create_task(worker.run())
    try:
        while generation.current(settings.index_folder) is None:
            await asyncio.wait([working], timeout=LOOK_S)
            if working.done():
                return
            async with services.db.read() as c:
                left = await installation.left(c)
            tick(left.done, left.total)
    finally:
        worker.stopping.set()
        await working
        await services.close()


def make_encoder(settings: Settings) -> None:
    """Makes the default encoder; without it the service starts all the same, on words."""
    try:
        with step("Encoder 编码器") as tick:
            materialise(settings.encoder_folder, tick)
    except (EncoderMissing, WrongFile, OSError) as failure:
        print(f"no encoder, words only: {failure}", flush=True)


async def set_up(settings: Settings) -> None:
    """All of a first start."""
    registry, clock = china(), SystemClock()
    db = Database(settings.database)
    try:
        with step("Catalogue 政策目录"):
            await import_all(settings, db, registry, clock)
    finally:
        await db.close()
    if settings.encoder == DEFAULT:
        await asyncio.to_thread(make_encoder, settings)
    with step("Index 索引") as tick:
        await build_index(settings, registry, clock, tick)


def main() -> None:
    """`python -m service.first_start`: exit 1 with a line for each fault.

    Ends without taking the interpreter apart: native libraries were seen to crash then, all being done.
    """
    settings = Settings()
    logs.configure(settings.log_folder, "setup")
    try:
        with told():
            asyncio.run(set_up(settings))
    except Fault as fault:
        sys.exit("\n".join(fault.lines))
    except OSError as error:
        sys.exit(f"{error.filename or 'huiqi'}: {error.strerror or error}")
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
