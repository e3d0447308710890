"""The API's description as the page shows it: what needs a key is marked, what may go without is not."""

from typing import Any

import pytest

from service.errors import STATUS
from service.pages.reference import errors, operations


@pytest.mark.parametrize(
    ("security", "needs_key"),
    [([{"key": []}], True), ([{}, {"key": []}], False), ([], False), (None, False)],
)
def test_only_an_operation_that_never_goes_without_a_key_is_said_to_need_one(
    security: Any, *, needs_key: bool
) -> None:
    operation = {"responses": {}, "security": security}
    (group,) = operations({"paths": {"/v1/x": {"post": operation}}})
    assert group["operations"][0]["key"] is needs_key


def test_every_code_of_a_refusal_stands_once_on_the_page_that_its_type_points_to() -> None:
    for english in (True, False):
        codes = [code for _, _, some in errors(english) for code, sentence in some if sentence]
        assert sorted(codes) == sorted(STATUS)
