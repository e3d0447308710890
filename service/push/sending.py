"""One attempt to deliver a message: its body, its signatures, the request, and what came of it.

What came of it is a value. Decides nothing about further attempts but what the receiver asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from policies.json_writing import to_json
from service.database.outbox import Job
from service.outgoing.client import TIME_S, Answered, Outgoing, Reply
from service.push import signing
from service.push.deliveries_store import Notice
from service.push.retries import retry_after_s
from service.push.wording import Kept, said

Came = Literal["delivered", "failed", "gone"]


@dataclass(frozen=True)
class Message:
    """What is sent: `id` is the same at every attempt and in every replay, and so is the body.

    Unless the endpoint was given another language in between.
    """

    id: str
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt; `status` None when there was no answer."""

    came: Came
    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None


def of_notice(notice: Notice, document: str | None, lang: str | None = None) -> Message:
    """The message of a notification, in a language; as it was told without one."""
    kept = Kept(notice.type, notice.title, notice.part, notice.data or {})
    title, text = (lang and said(kept, lang)) or (notice.title, notice.text)
    measure = None
    if notice.measure is not None:
        measure = {"id": notice.measure, "title": title, "document": {"id": document}}
    data = {
        "notification_id": notice.id,
        "enterprise_id": notice.enterprise,
        "measure": measure,
        "part": notice.part,
        "title": title,
        "text": text,
        "details": notice.data,
    }
    return Message(notice.id, _body(notice.type, notice.created_at, data))


def of_event(payload: Mapping[str, Any]) -> Message:
    """The message that a job carries whole."""
    told = payload["message"]
    return Message(payload["id"], _body(told["type"], told["timestamp"], told["data"]))


def message_of(job: Job, notice: Notice | None, lang: str | None) -> Message | None:
    """What a delivery is to send; None when its notification is gone."""
    if "message" in job.payload:
        return of_event(job.payload)
    return None if notice is None else of_notice(notice, job.topic, lang)


async def send(
    outgoing: Outgoing,
    url: str,
    message: Message,
    keys: Sequence[str],
    now: datetime,
    within_s: float = TIME_S,
) -> Outcome:
    """One attempt, signed with each key at this instant (aware)."""
    headers = {"Content-Type": "application/json", **signing.headers(message.id, now, message.body, keys)}
    return outcome_of(await outgoing.post(url, message.body, headers, within_s=within_s), now)


def outcome_of(reply: Reply, now: datetime) -> Outcome:
    """Only 2xx is a success; a redirect is none; 410 says that nothing is wanted any more."""
    if not isinstance(reply, Answered):
        return Outcome("failed", None, f"{reply.why}: {reply.detail}".rstrip(": "))
    if HTTPStatus(200) <= reply.status < HTTPStatus(300):
        return Outcome("delivered", reply.status)
    error = f"HTTP {reply.status}"
    if reply.status == HTTPStatus.GONE:
        return Outcome("gone", reply.status, error)
    after = retry_after_s(reply.headers.get("retry-after"), now)
    return Outcome("failed", reply.status, error, after)


def _body(kind: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    return to_json({"type": kind, "timestamp": timestamp, "data": dict(data)}).encode()
