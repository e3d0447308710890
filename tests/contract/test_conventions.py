"""Conventions that hold on every endpoint."""

import pytest

from tests.contract.site import KEY, Site

METHODS = {
    "/v1/recommendations": "POST",
    "/v1/eligibility": "POST",
    "/v1/measures": "GET",
    "/v1/measures/aa-parts.certain": "GET",
    "/v1/measures/aa-parts.certain/audience": "POST",
    "/v1/measures/aa-parts.certain/similar": "GET",
    "/v1/facts": "GET",
    "/v1/rule-schema": "GET",
    "/v1/codes/regions": "GET",
    "/v1/enterprises": "GET",
    "/v1/enterprises/x": "DELETE GET PATCH PUT",
    "/v1/enterprises/x/notifications": "GET",
    "/v1/enterprises/x/notifications/y/read": "POST",
    "/v1/enterprises/x/notifications/y/dismiss": "POST",
    "/v1/enterprises/x/consent": "GET PUT",
    "/v1/enterprises/x/watch": "GET",
    "/v1/enterprises/x/stream": "GET",
    "/v1/pauses": "GET",
    "/v1/policies": "GET POST",
    "/v1/policies/aa-parts": "GET PUT",
    "/v1/policies/aa-parts/revisions": "GET",
    "/v1/policies/aa-parts/publish": "POST",
    "/v1/policies/aa-parts/withdraw": "POST",
    "/v1/imports": "POST",
    "/v1/events": "POST",
    "/v1/index": "GET",
    "/v1/index/duplicates": "GET",
    "/v1/index/rebuild": "POST",
    "/v1/index/rollback": "POST",
    "/v1/jobs": "GET",
    "/v1/jobs/x": "GET",
    "/v1/jobs/x/cancel": "POST",
    "/livez": "GET",
    "/readyz": "GET",
}
LATER = (("GET", "/widget/huiqi-matches.js"),)
KEYLESS = {
    "/v1/recommendations", "/v1/eligibility", "/v1/measures", "/v1/measures/aa-parts.certain", "/v1/facts",
    "/v1/rule-schema", "/v1/codes/regions", "/livez", "/readyz", "/v1/measures/aa-parts.certain/similar",
}  # fmt: skip


@pytest.mark.parametrize("path", METHODS)
def test_another_method_is_refused_with_every_one_that_is_allowed(shared: Site, path: str) -> None:
    answer = shared.send("PROPFIND", path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    allowed = {name.strip() for name in answer.headers["allow"].split(",")}
    assert allowed - {"HEAD", "OPTIONS"} == set(METHODS[path].split())


@pytest.mark.parametrize("path", ["/v1/facts", "/livez", "/v1/measures/aa-parts.certain", "/"])
def test_head_answers_as_get_without_the_body(shared: Site, path: str) -> None:
    head, get = shared.send("HEAD", path), shared.send("GET", path)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("etag") == get.headers.get("etag")


@pytest.mark.parametrize(("method", "path"), LATER)
def test_what_a_later_issue_brings_is_not_found(shared: Site, method: str, path: str) -> None:
    answer = shared.send(method, path, {} if method in {"POST", "PUT"} else None)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("path", [path for path in METHODS if path not in KEYLESS])
@pytest.mark.parametrize("key", [None, "wrong", KEY + "k", KEY[:-1]])
def test_without_the_right_key_nothing_is_told(shared: Site, path: str, key: str | None) -> None:
    for method in METHODS[path].split():
        answer = shared.send(method, path, key=key)
        assert (answer.status, answer.code) == (401, "key_needed")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", METHODS)
def test_an_unknown_query_parameter_is_named(shared: Site, path: str) -> None:
    if path in {"/livez", "/readyz"}:
        return
    for method in METHODS[path].split():
        body = None if method in {"GET", "DELETE"} else {}
        answer = shared.send(method, f"{path}?colour=red", body)
        assert answer.status == 422, (method, answer.body)
        assert answer.body["errors"][0].items() >= {"parameter": "colour", "code": "unknown_member"}.items()


@pytest.mark.parametrize("path", METHODS)
def test_every_answer_carries_a_request_id_and_refusals_are_problems(shared: Site, path: str) -> None:
    answer = shared.send(METHODS[path].split()[0], path, key=None)
    assert answer.headers["x-request-id"]
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.body["request_id"] == answer.headers["x-request-id"]
        assert set(answer.body) >= {"type", "title", "status", "code", "detail", "errors"}
        assert answer.body["status"] == answer.status


@pytest.mark.parametrize(
    "path",
    ["/v1/enterprises", "/v1/enterprises/x", "/v1/enterprises/x/notifications", "/v1/recommendations",
     "/v1/eligibility", "/v1/measures/aa-parts.certain/audience"],
)  # fmt: skip
def test_nothing_about_an_enterprise_may_be_stored(shared: Site, path: str) -> None:
    for method in METHODS[path].split():
        assert shared.send(method, path, {"profile": {}}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("", "zh"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("de", "zh"),
     ("de, en;q=0.8", "en"), ("zh;q=0.1, en;q=0.9", "en"), ("en;q=0", "zh"), ("*", "zh"), ("EN-us", "en")],
)  # fmt: skip
def test_details_are_chinese_unless_english_is_wanted(shared: Site, wanted: str, language: str) -> None:
    answer = shared.get("/v1/jobs/none", accept_language=wanted)
    is_ascii = answer.body["detail"].isascii()
    assert is_ascii == (language == "en")


def test_single_faults_are_told_in_the_wanted_language_too(shared: Site) -> None:
    chinese = shared.ask({"facts": {"employees": True}}).body
    english = shared.post(
        "/v1/recommendations", {"profile": {"facts": {"employees": True}}}, accept_language="en"
    ).body
    assert english["errors"][0]["detail"].isascii()
    assert not chinese["errors"][0]["detail"].isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/measures",
        "/v1/measures/aa-parts.certain",
        "/v1/facts",
        "/v1/rule-schema",
        "/v1/codes/regions",
        "/openapi.json",
    ],
)
def test_scripts_of_any_site_may_call_what_needs_no_key(shared: Site, path: str) -> None:
    answer = shared.get(path, key=None, origin="https://portal.example")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_of_an_ask_is_answered(shared: Site) -> None:
    answer = shared.send(
        "OPTIONS",
        "/v1/recommendations",
        key=None,
        origin="https://portal.example",
        access_control_request_method="POST",
        access_control_request_headers="content-type",
    )
    assert answer.status in {200, 204}
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "content-type" in answer.headers["access-control-allow-headers"].lower()


def test_a_refused_ask_can_be_read_by_scripts_too(shared: Site) -> None:
    answer = shared.post("/v1/recommendations", {"colour": 1}, key=None, origin="https://portal.example")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (422, "*")


@pytest.mark.parametrize("path", [path for path in METHODS if path not in KEYLESS])
def test_endpoints_that_need_a_key_answer_no_cors_headers(shared: Site, path: str) -> None:
    for method in ("OPTIONS", METHODS[path].split()[0]):
        answer = shared.send(
            method, path, origin="https://portal.example", access_control_request_method="GET"
        )
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/v1/measures/aa-parts.certain", "/v1/policies/aa-parts", "/v1/enterprises/tagged"]
)
def test_one_thing_carries_a_strong_tag_and_is_not_sent_twice(shared: Site, path: str) -> None:
    shared.put("/v1/enterprises/tagged", {"name": "标记公司"})
    first = shared.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for wanted in (tag, f'"other", {tag}', "*"):
        again = shared.get(path, if_none_match=wanted)
        assert (again.status, again.content, again.headers["etag"]) == (304, b"", tag)
    assert shared.get(path, if_none_match='"other"').status == 200


def test_an_empty_body_of_post_is_an_empty_object(shared: Site) -> None:
    assert shared.post("/v1/recommendations").faults == [("/enterprise_id", "missing_member")]
    assert shared.post("/v1/index/rebuild").status == 202


def test_an_empty_parameter_is_absent(shared: Site) -> None:
    assert shared.get("/v1/measures?q=&region=&kind=&state=&document=&limit=&cursor=").status == 200


def test_a_twice_named_parameter_is_refused(shared: Site) -> None:
    answer = shared.get("/v1/measures?limit=1&limit=2")
    assert answer.faults == [("limit", "conflicting_values")]


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "99999999999999999999999", "--5", "1.5", "x", "５", "1e1"]
)
@pytest.mark.parametrize("path", ["/v1/measures", "/v1/enterprises", "/v1/policies", "/v1/jobs", "/v1/facts"])
def test_a_limit_is_a_whole_number_from_1_to_100(shared: Site, path: str, limit: str) -> None:
    answer = shared.get(f"{path}?limit={limit}")
    assert answer.status == 422
    assert answer.faults[0][0] == "limit"
    assert answer.code in {"out_of_range", "wrong_type"}


def test_a_path_that_there_is_not_is_a_problem(shared: Site) -> None:
    for path in (
        "/v1",
        "/v1/",
        "/v1/measures/",
        "/v1/enterprises/a/b/c",
        "/v1/measures/a%2Fb",
        "/%00",
        "/%ff",
    ):
        answer = shared.get(path)
        assert (answer.status, answer.code) == (404, "not_found"), path
