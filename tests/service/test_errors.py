"""Every refusal is a problem of one shape, with the contract's status, in the language asked for."""

import json
import re

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from policies.faults import Fault, Refused
from service import errors
from service.errors import MOST_FAULTS, STATUS, Problem, Wrong, sentences

CONTRACT = """
400 malformed_json invalid_encoding too_deep bad_cursor
401 key_needed
403 not_allowed
404 not_found
405 method_not_allowed
409 duplicate_id conflict confirm_needed idempotency_mismatch
410 cursor_gone
413 too_large
415 unsupported_type
422 unknown_member missing_member wrong_type out_of_range bad_range bad_date bad_text bad_id bad_url
422 bad_credit_code unknown_region unknown_industry unknown_fact unknown_code unknown_operator
422 unknown_measure bad_rule rule_too_large conflicting_values not_yet
429 too_many_requests
500 internal
503 not_ready database_unavailable
"""


def raising(error: Exception) -> TestClient:
    """A client of an app whose only address fails so."""
    app = FastAPI()
    errors.install(app)

    @app.get("/")
    async def fails(request: Request) -> None:
        request.state.request_id = "r-1"
        raise error

    app.state.routes = [route for route in app.routes if isinstance(route, Route)]
    return TestClient(app, raise_server_exceptions=False)


def test_codes_have_the_statuses_of_the_contract() -> None:
    rows = (line.split() for line in CONTRACT.strip().splitlines())
    assert {code: int(status) for status, *codes in rows for code in codes} == STATUS


@pytest.mark.parametrize("code", STATUS)
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    told = sentences()[code]
    assert re.search(r"[\u4e00-\u9fff]", told["zh"])
    assert not re.search(r"[\u4e00-\u9fff]", told["en"])


def test_a_problem_has_every_member_of_the_contract() -> None:
    answer = raising(Problem("conflict", errors=[Fault("/id", "bad_id", {})])).get("/")
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert list(body) == ["type", "title", "status", "code", "detail", "request_id", "errors"]
    assert (body["status"], body["code"], body["request_id"]) == (409, "conflict", "r-1")
    assert [(error["pointer"], error["code"]) for error in body["errors"]] == [("/id", "bad_id")]


def test_the_code_of_several_faults_is_the_firsts_and_all_are_listed() -> None:
    faults = [Fault("/a", "wrong_type", {}), Fault("/b", "missing_member", {"name": "b"})]
    body = raising(Refused(faults)).get("/").json()
    assert body["code"] == "wrong_type"
    assert [error["pointer"] for error in body["errors"]] == ["/a", "/b"]


def test_of_very_many_faults_fifty_are_told() -> None:
    body = raising(Refused([Fault(f"/{n}", "wrong_type", {}) for n in range(80)])).get("/").json()
    assert [error["pointer"] for error in body["errors"]] == [f"/{n}" for n in range(MOST_FAULTS)]


def test_a_parameter_stands_in_the_place_of_a_pointer_and_a_file_beside_it() -> None:
    wrong = [
        Wrong(Fault("", "unknown_member", {}), parameter="x"),
        Wrong(Fault("/a", "bad_id", {}), file="f"),
    ]
    first, second = raising(errors.refused(wrong)).get("/").json()["errors"]
    assert (first["parameter"], "pointer" in first) == ("x", False)
    assert (second["pointer"], second["file"]) == ("/a", "f")


@pytest.mark.parametrize(
    ("asked", "language"), [("en", "en"), ("en-GB,zh;q=0.5", "en"), ("zh-CN", "zh"), ("", "zh")]
)
def test_details_are_chinese_unless_english_is_asked_for(asked: str, language: str) -> None:
    answer = raising(Problem("key_needed")).get("/", headers={"Accept-Language": asked})
    assert answer.json()["detail"] == sentences()["key_needed"]["en" if language == "en" else "zh"]
    assert answer.headers["content-language"].startswith(language)


@pytest.mark.parametrize(
    ("code", "header"),
    [
        ("key_needed", "www-authenticate"),
        ("not_ready", "retry-after"),
        ("database_unavailable", "retry-after"),
    ],
)
def test_what_a_client_may_do_about_it_stands_in_a_header(code: str, header: str) -> None:
    assert header in raising(Problem(code)).get("/").headers


def test_a_failure_inside_shows_nothing_of_itself() -> None:
    answer = raising(ZeroDivisionError("secret")).get("/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in json.dumps(answer.json())
    assert "Zero" not in answer.text


def test_an_address_that_is_not_there_and_a_method_it_does_not_take_are_problems_too() -> None:
    client = raising(Problem("conflict"))
    assert client.get("/elsewhere").json()["code"] == "not_found"
    refused = client.post("/")
    assert (refused.json()["code"], refused.headers["allow"]) == ("method_not_allowed", "GET")
