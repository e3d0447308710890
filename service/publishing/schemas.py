"""What goes in and out of the documents' endpoints.

Shapes only; documents are read by policies.documents.
"""

from collections.abc import Mapping

from policies.documents import document_reader
from policies.facts import Registry
from policies.id_forms import DOCUMENT_ID
from policies.reading import Flag, Number, Object, Pattern, Reader, Text, Word
from policies.values import MOST_COUNT
from policies.warnings import CODES as WARNINGS
from service.bodies import flag_parameter, number_parameter
from service.openapi_shapes import TEXT, WHOLE, Shape, by_name, has, listed, maybe, paged
from service.paging import PAGE

STATUSES = ("draft", "published", "withdrawn")
DOCUMENT = "Document"

PUBLISH = Object({"notify": Flag(), "confirm": Number(0, MOST_COUNT, places=0)})
WITHDRAW = Object({"reason": Text(1_000, least=1), "replaced_by": Pattern(DOCUMENT_ID)}, ("reason",))
LISTED: Mapping[str, Reader] = {**PAGE, "status": Word(STATUSES)}
IMPORT: Mapping[str, Reader] = {
    "dry_run": flag_parameter(),
    "publish": flag_parameter(),
    "notify": flag_parameter(),
    "confirm": number_parameter(0, MOST_COUNT),
}

_STATE = {"status": TEXT, "revision": WHOLE, "draft_revision": maybe(WHOLE)}
_WARNED: Shape = {"type": "string", "enum": list(WARNINGS)}
_WARNING: Shape = has(pointer=TEXT, code=_WARNED, detail=TEXT, suggestion=TEXT)
_PLACED_WARNING: Shape = {**_WARNING, "properties": {**_WARNING["properties"], "file": TEXT}}
WRITTEN: Shape = has(id=TEXT, revision=WHOLE, status=TEXT, warnings=listed(_WARNING))
POLICIES: Shape = paged(has(id=TEXT, title=TEXT, level=TEXT, region=TEXT, **_STATE))
POLICY: Shape = has(id=TEXT, title=TEXT, measures=listed(by_name({})), **_STATE)
REVISIONS: Shape = paged(has(revision=WHOLE, created_at=TEXT, document=by_name({})))
JOBS: Shape = has(jobs=listed(TEXT))
IMPORTED: Shape = has(
    created=listed(TEXT),
    changed=listed(TEXT),
    unchanged=listed(TEXT),
    jobs=listed(TEXT),
    warnings=listed(_PLACED_WARNING),
)


def components(registry: Registry) -> dict[str, Shape]:
    """The schemas that depend on the registry, by name."""
    return {DOCUMENT: document_reader(registry).schema()}
