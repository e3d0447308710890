"""What goes in and out of the endpoints of webhooks and their deliveries.

Shapes only.
"""

from collections.abc import Mapping

from policies.facts import LANGUAGES
from policies.id_forms import ENTERPRISE_ID
from policies.reading import Instant, ListOf, Object, Pattern, Reader, Word
from service.openapi_shapes import TEXT, WHOLE, Shape, has, listed, maybe, paged
from service.outgoing.guard import address_reader
from service.paging import PAGE
from service.push.endpoints_store import ACTIVE, PAUSED, STATES
from service.push.message_types import TYPES

MOST_ENTERPRISES = 10_000
_MEMBERS: Mapping[str, Reader] = {
    "url": address_reader(),
    "events": ListOf(Word(TYPES), len(TYPES), least=1),
    "enterprise_ids": ListOf(Pattern(ENTERPRISE_ID), MOST_ENTERPRISES, least=1),
    "lang": Word(LANGUAGES),
}
EXAMPLE = {"url": "https://93.184.216.34/hook", "events": ["measure.matched"]}
NEW = Object(_MEMBERS, required=("url", "events"))
ENDPOINTS: Mapping[str, Reader] = {**PAGE, "state": Word(STATES)}
ENDPOINTS_TOLD = {"state": "only endpoints that stand so"}
CHANGES = Object({**_MEMBERS, "state": Word((ACTIVE, PAUSED))})
NOTHING = Object({})
SINCE = Object({"since": Instant()}, required=("since",))
DELIVERY_STATES = ("waiting", "sending", "delivered", "dead")
DELIVERIES_OF: Mapping[str, Reader] = {**PAGE, "state": Word(DELIVERY_STATES)}
DELIVERIES_TOLD = {"state": "only deliveries that stand so"}

_STATE: Shape = {"type": "string", "enum": list(STATES)}
_WEBHOOK = {
    "id": TEXT,
    "url": TEXT,
    "events": maybe(listed(TEXT)),
    "enterprise_ids": maybe(listed(TEXT)),
    "lang": maybe(TEXT),
    "state": _STATE,
    "reason": maybe(TEXT),
    "failing_since": maybe(TEXT),
    "created_at": TEXT,
    "updated_at": TEXT,
}
WEBHOOK: Shape = has(**_WEBHOOK)
# The secret is shown once: a repeated request is answered without it.
MADE: Shape = {**WEBHOOK, "properties": {**_WEBHOOK, "secret": TEXT}}
WEBHOOKS: Shape = paged(WEBHOOK)
SECRET: Shape = has(secret=TEXT)
DELIVERY: Shape = has(
    id=TEXT,
    webhook_id=TEXT,
    state={"type": "string", "enum": list(DELIVERY_STATES)},
    attempts=WHOLE,
    next_attempt_at=maybe(TEXT),
    notification_id=maybe(TEXT),
    type=maybe(TEXT),
    enterprise_id=maybe(TEXT),
    status=maybe(WHOLE),
    error=maybe(TEXT),
    created_at=TEXT,
    finished_at=maybe(TEXT),
)
DELIVERIES: Shape = paged(DELIVERY)
REPLAYED: Shape = has(replayed=WHOLE)
