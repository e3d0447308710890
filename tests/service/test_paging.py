"""Cursors and pages: opaque, signed, bound to what was asked."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from service.errors import Problem
from service.paging import PAGE, Signer, page, position

SIGNER = Signer(b"one key")
UNSIGNED = base64.urlsafe_b64encode(b"[]").decode()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def asked(path: str = "/v1/jobs", **parameters: str) -> Request:
    text = "&".join(f"{name}={value}" for name, value in parameters.items())
    scope = {"type": "http", "method": "GET", "path": path, "query_string": text.encode(), "headers": []}
    return Request(scope)


def parameters(**given: Any) -> dict[str, Any]:
    return {**dict.fromkeys(PAGE), "state": None, **given}


@given(content=st.dictionaries(st.text(), JSON))
def test_what_is_signed_opens_equal(content: dict[str, Any]) -> None:
    assert SIGNER.open(SIGNER.sign(content)) == content


@given(content=st.dictionaries(st.text(), JSON), place=st.integers(0), letter=st.sampled_from("Aa0_-="))
def test_one_changed_letter_is_refused(content: dict[str, Any], place: int, letter: str) -> None:
    cursor = SIGNER.sign(content)
    at = place % len(cursor)
    changed = cursor[:at] + letter + cursor[at + 1 :]
    if changed != cursor:
        with pytest.raises(Problem, match="bad_cursor"):
            SIGNER.open(changed)


@pytest.mark.parametrize(
    "text", ["", "x", "中", "====", "a" * 5_000, base64.urlsafe_b64encode(b"[]").decode()]
)
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        SIGNER.open(text)


def test_a_cursor_of_another_installation_is_refused() -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        SIGNER.open(Signer(b"another key").sign({"at": 1}))


def test_a_cursor_leads_on_where_the_page_before_ended() -> None:
    body, _ = page(SIGNER, asked(), parameters(), [1, 2], at=["b", 2])
    cursor = body["next_cursor"]
    assert position(SIGNER, asked(), parameters(cursor=cursor)) == ["b", 2]


def test_only_the_limit_may_differ_from_page_to_page() -> None:
    body, _ = page(SIGNER, asked(), parameters(state="open", limit=2), [1], at=1)
    cursor = body["next_cursor"]
    assert position(SIGNER, asked(), parameters(state="open", limit=9, cursor=cursor)) == 1
    with pytest.raises(Problem, match="bad_cursor"):
        position(SIGNER, asked(), parameters(state="closed", cursor=cursor))


def test_a_cursor_of_another_list_is_refused() -> None:
    body, _ = page(SIGNER, asked("/v1/jobs"), parameters(), [1], at=1)
    with pytest.raises(Problem, match="bad_cursor"):
        position(SIGNER, asked("/v1/policies"), parameters(cursor=body["next_cursor"]))


def test_the_page_with_the_last_item_has_no_cursor_and_no_link() -> None:
    assert page(SIGNER, asked(), parameters(), [1], at=None) == ({"items": [1], "next_cursor": None}, {})


def test_the_link_repeats_the_question_with_the_cursor() -> None:
    body, headers = page(SIGNER, asked(state="open", cursor="old", q=""), parameters(), [1], at=1)
    target = f"/v1/jobs?state=open&cursor={body['next_cursor']}"
    assert headers["Link"] == f'<{target}>; rel="next"'
