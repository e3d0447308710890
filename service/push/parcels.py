"""Claimed deliveries as parcels: with what they carry, and what by now speaks against sending them.

Sends nothing, and leaves leases to whoever holds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import outbox
from service.database.outbox import Job
from service.push import consent_store as consents
from service.push import deliveries_store, sending
from service.push import pause_store as pauses
from service.push.sending import Message


@dataclass(frozen=True)
class Parcel:
    """A claimed delivery that is to be sent."""

    job: Job
    message: Message
    enterprise: str | None
    kind: str | None
    measure: str | None


async def packed(c: AsyncConnection, jobs: Sequence[Job], lang: str | None) -> list[Parcel]:
    """The claimed deliveries with what they carry; one whose notification is gone is dropped."""
    names = [job.payload["notification"] for job in jobs if "notification" in job.payload]
    notices = await deliveries_store.notices(c, names) if names else {}
    parcels, gone = [], []
    for job in jobs:
        notice = notices.get(job.payload.get("notification", ""))
        message = sending.message_of(job, notice, lang)
        if message is None:
            gone.append(job)
        elif notice is None:
            parcels.append(Parcel(job, message, None, None, None))
        else:
            parcels.append(Parcel(job, message, notice.enterprise, notice.type, notice.measure))
    await outbox.drop(c, gone, "its notification is gone")
    return parcels


async def against(c: AsyncConnection, parcels: Sequence[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
    """Those that their enterprise does not want, and those whose document or measure is paused."""
    firms = {each.enterprise for each in parcels if each.enterprise is not None}
    refused: Mapping[str, consents.Consent] = await consents.refused(c, firms) if firms else {}
    subjects = {name for each in parcels for name in (each.job.topic, each.measure) if name is not None}
    stopped = await pauses.among(c, subjects) if subjects else set()
    unwanted = [each for each in parcels if _is_refused(refused, each)]
    paused = [each for each in parcels if {each.job.topic, each.measure} & stopped]
    return unwanted, [each for each in paused if each not in unwanted]


def _is_refused(refused: Mapping[str, consents.Consent], parcel: Parcel) -> bool:
    if parcel.enterprise is None or parcel.kind is None:
        return False
    return refused.get(parcel.enterprise, consents.NOTHING).covers(parcel.kind)
