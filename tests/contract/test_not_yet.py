"""What a later issue brings is refused by name until then. Whoever brings it takes its line from here."""

from typing import Any

import pytest

from tests.contract.documents import EVERYBODY
from tests.contract.site import Site

JUDGE, AUDIENCE = "/v1/eligibility", "/v1/measures/aa-parts.certain/audience"
PUBLISH = "/v1/policies/aa-parts/publish"
EVERY = {"field": "employees", "gt": 1}


def ruled(rule: Any) -> Any:
    return {"profile": {}, "rules": {"r": rule}}


LATER: list[tuple[str, Any, str]] = [
    (JUDGE, {"profile": {}, "what_if": {"facts": {}}}, "/what_if"),
    (JUDGE, ruled({"points": [{"when": EVERYBODY, "points": 5}], "gte": 5}), "/rules/r/points"),
    (JUDGE, ruled({"tiers": [{"when": EVERYBODY, "then": EVERYBODY}]}), "/rules/r/tiers"),
    (JUDGE, ruled({"for_years": [-2, -1], "every": EVERY}), "/rules/r/for_years"),
    (AUDIENCE, {"by": ["region"]}, "/by"),
    (AUDIENCE, {"compare_to": EVERYBODY}, "/compare_to"),
    (PUBLISH, {"confirm": 5}, "/confirm"),
]


@pytest.mark.parametrize(("path", "body", "at"), LATER, ids=[at for _, _, at in LATER])
def test_what_comes_later_is_refused_by_name(shared: Site, path: str, body: Any, at: str) -> None:
    answer = shared.post(path, body)
    assert (answer.status, answer.faults) == (422, [(at, "not_yet")])


def test_null_is_absent_also_for_what_comes_later(shared: Site) -> None:
    assert shared.post(JUDGE, {"profile": {}, "what_if": None}).status == 200
    assert shared.post(AUDIENCE, {"by": None, "compare_to": None}).status == 200
