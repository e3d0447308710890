"""The SQL of mailboxes: whose they are, how they stand, and what is still to be sent to each.

Runs inside the caller's transaction. Addresses come and go encrypted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database.pieces import pieces
from service.database.tables import mailboxes, meta, notifications

ACTIVE, REFUSED, STOPPED = "active", "refused", "unsubscribed"
STATES = (ACTIVE, REFUSED, STOPPED)
TOLD = "notification_seq"
RECALLED = "recalled/"


@dataclass(frozen=True)
class Mailbox:
    """Where an enterprise's digest goes; `sent_seq`: up to which notification it was looked through."""

    enterprise: str
    address: str
    language: str
    state: str
    sent_seq: int
    held: tuple[str, ...]
    sent_on: str | None
    error: str | None
    updated_at: str


@dataclass(frozen=True)
class Notice:
    """A notification as a digest tells it."""

    id: str
    type: str
    title: str
    part: str | None
    text: str
    data: Mapping[str, Any]
    document: str | None
    measure: str | None
    seq: int


async def found(c: AsyncConnection, enterprise: str) -> Mailbox | None:
    """The enterprise's mailbox; None when it has none."""
    query = select(*_COLUMNS).where(mailboxes.c.enterprise_id == enterprise)
    row = (await c.execute(query)).one_or_none()
    return None if row is None else Mailbox(*row[:5], _names(row[5]), *row[6:])


async def put(c: AsyncConnection, enterprise: str, address: str, language: str, now: str) -> None:
    """Sends to this address from now on: a new mailbox begins with what is told after this."""
    anew = {"address": address, "language": language, "state": ACTIVE, "error": None, "updated_at": now}
    mine = mailboxes.c.enterprise_id == enterprise
    if (await c.execute(update(mailboxes).where(mine).values(**anew))).rowcount:
        return
    first = {"sent_seq": await told_up_to(c), "held": "[]"}
    await c.execute(insert(mailboxes).values(enterprise_id=enterprise, **anew, **first))


async def remove(c: AsyncConnection, enterprise: str) -> bool:
    """Forgets the mailbox; whether there was one."""
    gone = await c.execute(delete(mailboxes).where(mailboxes.c.enterprise_id == enterprise))
    return gone.rowcount > 0


async def stop(c: AsyncConnection, enterprise: str, now: str) -> bool:
    """Whoever reads there will have no more; whether there was a mailbox. May be repeated."""
    mine = mailboxes.c.enterprise_id == enterprise
    change = {"state": STOPPED, "updated_at": now}
    return (await c.execute(update(mailboxes).where(mine).values(**change))).rowcount > 0


async def refused(c: AsyncConnection, mailbox: Mailbox, error: str, now: str) -> None:
    """The server will have no mail for this address, unless another was given meanwhile."""
    mine = (mailboxes.c.enterprise_id == mailbox.enterprise) & (mailboxes.c.address == mailbox.address)
    change = {"state": REFUSED, "error": error, "updated_at": now}
    await c.execute(update(mailboxes).where(mine, mailboxes.c.state == ACTIVE).values(**change))


async def sent(c: AsyncConnection, mailbox: Mailbox, upto: int, held: Sequence[str], day: str | None) -> None:
    """Everything up to a number is told, but what is held; `day`: when something was sent."""
    mine = (mailboxes.c.enterprise_id == mailbox.enterprise) & (mailboxes.c.sent_seq <= upto)
    change = {"sent_seq": upto, "held": to_json(list(held)), "error": None}
    on = {} if day is None else {"sent_on": day}
    await c.execute(update(mailboxes).where(mine).values(**change, **on))


async def told_up_to(c: AsyncConnection) -> int:
    """The number of the last notification of all."""
    return int((await c.execute(select(meta.c.value).where(meta.c.key == TOLD))).scalar_one())


async def with_news(c: AsyncConnection, after: str, limit: int) -> list[str]:
    """Enterprises beyond `after` to whose mailbox there may be something to send."""
    told = notifications.c.enterprise_id == mailboxes.c.enterprise_id
    newer = select(notifications.c.id).where(told, notifications.c.seq > mailboxes.c.sent_seq)
    query = (
        select(mailboxes.c.enterprise_id)
        .where(mailboxes.c.enterprise_id > after, mailboxes.c.state == ACTIVE)
        .where(newer.exists() | (mailboxes.c.held != "[]"))
        .order_by(mailboxes.c.enterprise_id)
        .limit(limit)
    )
    return list((await c.execute(query)).scalars())


async def unsent(c: AsyncConnection, mailbox: Mailbox, upto: int) -> list[Notice]:
    """What was told since the last digest, up to a number, and what was held back then."""
    new = (notifications.c.seq > mailbox.sent_seq) & (notifications.c.seq <= upto)
    rows = await _notices(c, mailbox.enterprise, new)
    for piece in pieces(mailbox.held):
        some = notifications.c.id.in_(piece)
        rows |= await _notices(c, mailbox.enterprise, some)
    return [rows[number] for number in sorted(rows)]


async def _notices(c: AsyncConnection, enterprise: str, which: Any) -> dict[int, Notice]:
    t = notifications.c
    columns = (t.id, t.type, t.title, t.part, t.text, t.data, t.document_id, t.measure_id, t.seq)
    rows = await c.execute(select(*columns).where(t.enterprise_id == enterprise, which))
    return {row[8]: Notice(*row[:5], _data(row[5]), *row[6:]) for row in rows}


def _data(text: str | None) -> dict[str, Any]:
    found = {} if text is None else read_json(text.encode())
    return found if isinstance(found, dict) else {}


async def recall(c: AsyncConnection, document: str) -> None:
    """What was told of the document until now and is in no digest yet never will be in one."""
    key, upto = f"{RECALLED}{document}", str(await told_up_to(c))
    if not (await c.execute(update(meta).where(meta.c.key == key).values(value=upto))).rowcount:
        await c.execute(insert(meta).values(key=key, value=upto))


async def recalled(c: AsyncConnection, documents: Collection[str]) -> dict[str, int]:
    """Up to which notification those of the documents were recalled that were."""
    keys = [f"{RECALLED}{document}" for document in documents]
    rows = await c.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys)))
    return {row[0].removeprefix(RECALLED): int(row[1]) for row in rows}


def _names(text: str) -> tuple[str, ...]:
    value = read_json(text.encode())
    return tuple(map(str, value)) if isinstance(value, Collection) and not isinstance(value, Mapping) else ()


_COLUMNS = (
    mailboxes.c.enterprise_id,
    mailboxes.c.address,
    mailboxes.c.language,
    mailboxes.c.state,
    mailboxes.c.sent_seq,
    mailboxes.c.held,
    mailboxes.c.sent_on,
    mailboxes.c.error,
    mailboxes.c.updated_at,
)
