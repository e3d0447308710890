"""What a later issue brings is refused by name until then. Whoever brings it takes its line from here."""

from typing import Any

import pytest

from tests.contract.documents import EVERYBODY
from tests.contract.site import Site

AUDIENCE = "/v1/measures/aa-parts.certain/audience"
LATER: list[tuple[str, Any, str]] = [
    (AUDIENCE, {"by": ["region"]}, "/by"),
    (AUDIENCE, {"compare_to": EVERYBODY}, "/compare_to"),
]


@pytest.mark.parametrize(("path", "body", "at"), LATER, ids=[at for _, _, at in LATER])
def test_what_comes_later_is_refused_by_name(shared: Site, path: str, body: Any, at: str) -> None:
    answer = shared.post(path, body)
    assert (answer.status, answer.faults) == (422, [(at, "not_yet")])


def test_null_is_absent_also_for_what_comes_later(shared: Site) -> None:
    assert shared.post(AUDIENCE, {"by": None, "compare_to": None}).status == 200
