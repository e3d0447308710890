"""Bodies and parameters: bounded, decoded exactly, every fault told with its place."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from policies.reading import Number, Object, Text, Word
from service import errors
from service.bodies import MOST_BYTES, ExactJson, flag_parameter, number_parameter, query, read_body

BODY = Object({"n": Number(0, 10**15, 2), "text": Text(10)})
PARAMETERS = {
    "limit": number_parameter(1, 100),
    "publish": flag_parameter(),
    "state": Word(("open", "closed")),
}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    errors.install(app)

    @app.api_route("/", methods=["POST", "PUT"])
    async def body(request: Request) -> Response:
        return ExactJson(await read_body(request, BODY))

    @app.get("/")
    async def parameters(request: Request) -> Response:
        return ExactJson(query(request, PARAMETERS))

    with TestClient(app) as made:
        yield made


def refused(answer: Any) -> tuple[int, str, list[tuple[str, str]]]:
    body = answer.json()
    places = [(e.get("pointer", e.get("parameter")), e["code"]) for e in body["errors"]]
    return answer.status_code, body["code"], places


@pytest.mark.parametrize("number", ["0.1", "1000000000000000", "0.10", "18.0"])
def test_numbers_come_out_digit_by_digit_as_they_went_in(client: TestClient, number: str) -> None:
    assert client.post("/", content=f'{{"n":{number}}}').text == f'{{"n":{number},"text":null}}'


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", None])
def test_json_is_taken_with_its_type_or_without_any(client: TestClient, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    assert client.post("/", content=b'{"text":"\xe4\xb8\xad"}', headers=headers).json()["text"] == "中"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json"]
)
def test_another_type_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/", content=b"{}", headers={"content-type": kind})
    assert refused(answer)[:2] == (415, "unsupported_type")


def test_an_empty_post_is_an_empty_object_and_an_empty_put_is_nothing(client: TestClient) -> None:
    assert client.post("/").status_code == 200
    assert refused(client.put("/"))[:2] == (400, "malformed_json")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b'{"n":NaN}', "malformed_json"),
        (b'{"n":-Infinity}', "malformed_json"),
        (b'{"n":1,"n":2}', "malformed_json"),
        (b'{"text":"\xff"}', "invalid_encoding"),
        (b"\xff\xfe{\x00}\x00", "invalid_encoding"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"text":' * 200 + b"1" + b"}" * 200, "too_deep"),
    ],
)
def test_what_is_no_json_is_400_with_its_code(client: TestClient, body: bytes, code: str) -> None:
    assert refused(client.post("/", content=body))[:2] == (400, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"n":"5"}', "wrong_type"),
        (b'{"n":true}', "wrong_type"),
        (b'{"n":0.123}', "out_of_range"),
        (b'{"n":1e999}', "out_of_range"),
        (b'{"n":-1}', "out_of_range"),
        (b'{"text":"\\u0000"}', "bad_text"),
        (b'{"text":"\\ud800"}', "bad_text"),
        (b'{"text":"12345678901"}', "bad_text"),
        (b'{"other":1}', "unknown_member"),
        (b"[]", "wrong_type"),
    ],
)
def test_what_is_wrong_inside_is_422_with_its_code(client: TestClient, body: bytes, code: str) -> None:
    assert refused(client.post("/", content=body))[:2] == (422, code)


def test_every_fault_is_told_in_the_order_of_the_document(client: TestClient) -> None:
    answer = client.post("/", content=b'{"text":1,"other":1,"n":"5"}')
    places = [("/text", "wrong_type"), ("/other", "unknown_member"), ("/n", "wrong_type")]
    assert refused(answer) == (422, "wrong_type", places)


def test_no_more_than_fifty_faults_are_told(client: TestClient) -> None:
    body = ",".join(f'"x{n}":1' for n in range(80))
    assert len(refused(client.post("/", content=f"{{{body}}}"))[2]) == 50


def test_a_body_of_the_most_bytes_is_read_and_one_more_is_too_large(client: TestClient) -> None:
    padding = b" " * (MOST_BYTES - 2)
    assert client.post("/", content=b"{" + padding + b"}").status_code == 200
    assert refused(client.post("/", content=b"{ " + padding + b"}"))[:2] == (413, "too_large")


async def test_a_body_without_a_length_is_read_no_further_than_the_limit() -> None:
    read = 0

    async def stream() -> AsyncIterator[dict[str, Any]]:
        nonlocal read
        while True:
            read += 1
            yield {"type": "http.request", "body": b" " * (1 << 18), "more_body": True}

    chunks = stream()
    request = Request({"type": "http", "method": "POST", "headers": []}, chunks.__anext__)
    with pytest.raises(errors.Problem):
        await read_body(request, BODY)
    assert read == 5


def test_parameters_are_read_and_absent_or_empty_ones_are_none(client: TestClient) -> None:
    answer = client.get("/?limit=20&publish=true&state=")
    assert answer.json() == {"limit": 20, "publish": True, "state": None}


@pytest.mark.parametrize(
    ("asked", "name", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=101", "limit", "out_of_range"),
        ("limit=ten", "limit", "wrong_type"),
        ("limit=1.0", "limit", "wrong_type"),
        ("limit=١", "limit", "wrong_type"),
        (f"limit={'9' * 5_000}", "limit", "out_of_range"),
        ("publish=yes", "publish", "wrong_type"),
        ("state=ajar", "state", "unknown_code"),
        ("colour=red", "colour", "unknown_member"),
        ("limit=1&limit=2", "limit", "conflicting_values"),
    ],
)
def test_a_wrong_parameter_is_told_by_its_name(client: TestClient, asked: str, name: str, code: str) -> None:
    assert refused(client.get(f"/?{asked}")) == (422, code, [(name, code)])
