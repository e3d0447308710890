"""What goes in and out of the index's and the jobs' endpoints.

Shapes only.
"""

from collections.abc import Mapping

from policies.reading import Object, Reader, Text, Word
from service.openapi_shapes import NUMBER, TEXT, WHOLE, Shape, by_name, has, listed, maybe, paged
from service.paging import PAGE

# How a job stands, for others, and the states of its row that are so: a delivery may be held or recalled.
STATES_SHOWN: Mapping[str, tuple[str, ...]] = {
    "queued": ("queued", "held"),
    "running": ("running",),
    "done": ("done",),
    "failed": ("failed",),
    "cancelled": ("cancelled", "recalled"),
}
JOB_STATES = tuple(STATES_SHOWN)
SHOWN_AS = {state: shown for shown, states in STATES_SHOWN.items() for state in states}
FINISHED = ("done", "failed", "cancelled")

NOTHING = Object({})
ROLLBACK = Object({"generation": Text(80, least=1)}, required=("generation",))
JOBS: Mapping[str, Reader] = {**PAGE, "state": Word(JOB_STATES)}
WANTED: Shape = has(jobs=listed(TEXT))
JOB: Shape = has(
    id=TEXT,
    kind=TEXT,
    about=has(enterprise=maybe(TEXT), documents=listed(TEXT)),
    state={"type": "string", "enum": list(JOB_STATES)},
    progress=has(done=WHOLE, total=maybe(WHOLE)),
    eta_s=maybe(WHOLE),
    result={},
    error=maybe(TEXT),
)
JOB_LIST: Shape = paged(JOB)
INDEX: Shape = has(
    generation=maybe(TEXT),
    built_at=maybe(TEXT),
    measures=WHOLE,
    passages=WHOLE,
    enterprises=WHOLE,
    encoder=maybe(has(id=TEXT, dim=WHOLE, sha256=TEXT)),
    pending=WHOLE,
    kept=listed(TEXT),
)
DUPLICATES: Shape = paged(
    has(
        similarity=NUMBER,
        words=NUMBER,
        meaning=maybe(NUMBER),
        measures=listed(has(id=TEXT, title=TEXT, document=has(id=TEXT, title=TEXT), kind=TEXT, mode=TEXT)),
    )
)
READY: Shape = has(
    status={"type": "string", "enum": ["ready", "degraded"]},
    parts=by_name(TEXT),
    push={"type": "string", "enum": ["ok", "late", "down"]},
)
LIVE: Shape = has(status=TEXT)
