"""Everything a request or a job works with, put together once by `create_app` or the worker.

A plain value: no look-ups by name, no module-level state.
"""

from dataclasses import dataclass

from policies.facts import Registry
from service.ask.counting import AskCounter
from service.catalogue.keeper import ShelfKeeper
from service.clock import Clock
from service.database.engine import Database
from service.enterprises.keeper import EnterpriseKeeper
from service.keepers import EncoderKeeper, IndexKeeper, RedisKeeper
from service.keys import Keys
from service.learning.impressions import ImpressionLog
from service.learning.rates import RatesKeeper
from service.leases import Leases
from service.mail.post import Post
from service.mail.smtp import server_of
from service.outgoing.client import Outgoing
from service.outgoing.guard import Guard
from service.outgoing.networks import Reach, networks_of
from service.outgoing.resolver import SystemResolver
from service.paging import Signer
from service.push.streams import Streams
from service.rankers import RankerKeeper
from service.settings import Settings
from service.vault import Vault
from service.wake import Wake


@dataclass(frozen=True)
class Services:
    """The composed parts; `close()` closes them in the reverse order of opening."""

    settings: Settings
    clock: Clock
    registry: Registry
    keys: Keys
    signer: Signer
    db: Database
    wake: Wake
    redis: RedisKeeper
    shelf: ShelfKeeper
    firms: EnterpriseKeeper
    index: IndexKeeper
    encoder: EncoderKeeper
    ranker: RankerKeeper
    asks: AskCounter
    impressions: ImpressionLog
    rates: RatesKeeper
    leases: Leases
    streams: Streams
    vault: Vault
    outgoing: Outgoing
    post: Post | None

    async def close(self) -> None:
        """Ends threads and closes connections."""
        await self.outgoing.close()
        await self.rates.close()
        await self.impressions.close()
        await self.asks.close()
        await self.ranker.shadow.close()
        self.encoder.close()
        await self.redis.close()
        await self.wake.close()
        await self.db.close()


def compose(settings: Settings, clock: Clock, registry: Registry) -> Services:
    """The parts of one process; nothing is loaded or connected yet."""
    keys = Keys(settings)
    db = Database(settings.database)
    wake = Wake(settings.redis)
    return Services(
        settings=settings,
        clock=clock,
        registry=registry,
        keys=keys,
        signer=Signer(keys.signing),
        db=db,
        wake=wake,
        redis=RedisKeeper(wake),
        shelf=ShelfKeeper(registry),
        firms=EnterpriseKeeper(registry),
        index=IndexKeeper(settings.index_folder, registry),
        encoder=EncoderKeeper(settings.encoder, settings.encoder_folder),
        ranker=RankerKeeper(settings.model_folder),
        asks=AskCounter(db),
        impressions=ImpressionLog(db),
        rates=RatesKeeper(db),
        leases=Leases(),
        streams=Streams(db, wake),
        vault=Vault(settings.folder),
        outgoing=Outgoing(Guard(Reach(networks_of(settings.webhook_allow_nets)), SystemResolver())),
        post=_post(settings),
    )


def _post(settings: Settings) -> Post | None:
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return Post(server_of(settings.smtp_url), settings.mail_from)
