"""Imports: whole or not at all, with the place of every fault."""

from typing import Any

import pytest

from policies.json_writing import to_json
from tests.contract.documents import document, measure
from tests.contract.site import Answer, Site

BAD = {**document("doc-bad"), "level": "world"}
THREE = [document(name) for name in ("doc-a", "doc-b", "doc-c")]
YAML = """
id: doc-yaml
title: 样例办法
issuers: [某局]
level: national
region: "000000"
published_on: 2016-01-29
in_force: stated_until
provenance: from-memory
measures:
  - key: one
    title: 补助
    kind: grant
    mode: apply
    rule: {all: []}
    windows: [{opens: 2026-03-01, closes: 2026-09-30}, {recurs: yearly, opens: "03-01", closes: "09-30"}]
"""


def lines(*plains: Any) -> bytes:
    return b"\n".join(to_json(plain).encode() for plain in plains)


def form(at: Site, *files: tuple[str, bytes], path: str = "/v1/imports", field: str = "files") -> Answer:
    mark = "----mark"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    body = b"".join(parts) + f"--{mark}--\r\n".encode()
    return at.post(path, body, content_type=f"multipart/form-data; boundary={mark}")


def test_what_became_of_each_document_is_told(own: Site) -> None:
    own.post("/v1/policies", document("doc-same"))
    own.post("/v1/policies", document("doc-other"))
    sent = [document("doc-new"), document("doc-same"), document("doc-other", title="新")]
    body = own.post("/v1/imports", sent).body
    assert (body["created"], body["changed"], body["unchanged"]) == (["doc-new"], ["doc-other"], ["doc-same"])
    assert (body["jobs"], body["warnings"]) == ([], [])
    assert own.get("/v1/policies?status=published").ids == []


@pytest.mark.parametrize(
    ("kind", "body", "at"),
    [
        ("application/json", to_json(BAD).encode(), "/level"),
        ("application/json", to_json([*THREE, BAD]).encode(), "/3/level"),
        ("application/x-ndjson", lines(document("doc-a"), BAD), "/1/level"),
        ("application/x-ndjson", b"\n\n" + lines(THREE[0]) + b"\r\n\n" + lines(BAD) + b"\n", "/1/level"),
        ("application/x-ndjson", lines(BAD), "/0/level"),
        ("application/yaml", YAML.replace("national", "world").encode(), "/level"),
    ],
)  # fmt: skip
def test_one_bad_document_stores_nothing_and_is_told_by_its_position(
    own: Site, kind: str, body: bytes, at: str
) -> None:
    answer = own.post("/v1/imports?publish=true", body, content_type=kind)
    assert (answer.status, answer.faults) == (422, [(at, "unknown_code")])
    assert own.get("/v1/policies").body["items"] == []
    assert own.get("/v1/jobs").body["items"] == []


def test_faults_of_several_documents_are_all_told(own: Site) -> None:
    nameless = {**document("doc-nameless"), "title": ""}
    wrong_rule = document("doc-rule", measure("a", {"field": "nothing", "gt": 1}))
    answer = own.post("/v1/imports", [BAD, document("doc-a"), nameless, wrong_rule])
    assert answer.faults == [
        ("/0/level", "unknown_code"),
        ("/2/title", "bad_text"),
        ("/3/measures/0/rule/field", "unknown_fact"),
    ]


def test_one_id_twice_is_refused(own: Site) -> None:
    answer = own.post("/v1/imports", [document("doc-a"), document("doc-b"), document("doc-a", title="新")])
    assert (answer.status, answer.faults) == (409, [("/2/id", "duplicate_id")])
    assert own.get("/v1/policies").body["items"] == []


def test_yaml_is_read_with_its_dates(own: Site) -> None:
    assert own.post("/v1/imports?publish=1", YAML.encode(), content_type="application/yaml").status == 200
    body = own.get("/v1/policies/doc-yaml").body
    assert (body["published_on"], body["status"]) == ("2016-01-29", "published")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('region: "000000"', "region: 330106"), "wrong_type"),
        (("title: 样例办法", "title: 样例办法\ntitle: 二"), "malformed_json"),
        (("title: 样例办法", "title: &a 样例\nsummary: *a"), "malformed_json"),
        (("title: 样例办法", "title: !!python/object:os.system x"), "malformed_json"),
        (("title: 样例办法", "title: [样例"), "malformed_json"),
        (("title: 样例办法", "title: .nan"), "malformed_json"),
        (("title: 样例办法", "title: yes"), None),
        (("title: 样例办法", "title: true"), "wrong_type"),
        (("title: 样例办法", 'title: "\\ud800"'), None),
        (("title: 样例办法", "title: " + "[" * 2_000), None),
        (("\n", "\n---\n"), None),
    ],
)
def test_yamls_faults_have_jsons_codes(own: Site, change: tuple[str, str], code: str | None) -> None:
    answer = own.post("/v1/imports", YAML.replace(*change).encode(), content_type="application/yaml")
    if change[1].endswith("yes"):
        assert answer.status == 200
        return
    assert answer.status in {400, 422}, answer.body
    assert code in (None, answer.code)
    assert own.get("/v1/policies").body["items"] == []


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("application/json", b"{", (400, "malformed_json")),
        ("application/json", b"[" * 500 + b"]" * 500, (400, "too_deep")),
        ("application/json", b'"\xff"', (400, "invalid_encoding")),
        ("application/x-ndjson", b'{"id": 1\n{}', (400, "malformed_json")),
        ("application/yaml", b"\xff", (400, "invalid_encoding")),
        ("application/yaml", b"", (422, "missing_member")),
        ("application/yaml", b"- ", (422, "wrong_type")),
        ("application/json", b"5", (422, "wrong_type")),
        ("application/json", b"[5]", (422, "wrong_type")),
        ("text/csv", b"id,title", (415, "unsupported_type")),
        ("multipart/form-data", b"x", (400, "malformed_json")),
        ("multipart/form-data; boundary=x", b"nonsense", (400, None)),
        ("multipart/form-data; boundary=x", b"--x--\r\n", (422, "missing_member")),
    ],
)
def test_bytes_that_are_no_documents_are_refused(own: Site, kind: str, body: bytes, told: Any) -> None:
    answer = own.post("/v1/imports", body, content_type=kind)
    assert answer.status in {told[0], 422 if told[1] is None else told[0]}, answer.body
    assert told[1] in (None, answer.code)


def test_a_broken_line_is_told_by_its_position(own: Site) -> None:
    body = lines(document("doc-a")) + b'\n{"id": \n' + lines(BAD)
    answer = own.post("/v1/imports", body, content_type="application/x-ndjson")
    assert answer.faults == [("/1", "malformed_json"), ("/2/level", "unknown_code")]


def test_files_are_told_by_name(own: Site) -> None:
    files = (
        ("a.yaml", YAML.replace("national", "world").encode()),
        ("b.json", to_json([document("doc-b"), BAD]).encode()),
    )
    answer = form(own, *files)
    told = [(fault["file"], fault["pointer"]) for fault in answer.body["errors"]]
    assert (answer.status, told) == (422, [("a.yaml", "/level"), ("b.json", "/1/level")])
    assert own.get("/v1/policies").body["items"] == []


def test_files_are_imported_together(own: Site) -> None:
    files = (
        ("a.yaml", YAML.encode()),
        ("b.json", to_json(document("doc-b")).encode()),
        ("c.ndjson", lines(document("doc-c"))),
    )
    answer = form(own, *files, path="/v1/imports?publish=true")
    assert sorted(answer.body["created"]) == ["doc-b", "doc-c", "doc-yaml"]
    assert own.get("/v1/policies?status=published").ids == ["doc-b", "doc-c", "doc-yaml"]


def test_one_id_in_two_files_is_refused(own: Site) -> None:
    files = [(name, to_json(document("doc-b")).encode()) for name in ("a.json", "b.json")]
    answer = form(own, *files)
    [fault] = answer.body["errors"]
    assert (answer.status, fault["file"], fault["code"]) == (409, "b.json", "duplicate_id")


def test_another_field_of_the_form_is_refused(own: Site) -> None:
    answer = form(own, ("a.json", b"{}"), field="file")
    assert answer.code == "unknown_member"


@pytest.mark.parametrize("dry_run", ["true", "1"])
def test_a_dry_run_does_nothing(own: Site, dry_run: str) -> None:
    body = own.post(f"/v1/imports?dry_run={dry_run}&publish=true&notify=true", [document("doc-a")]).body
    assert (body["created"], body["jobs"]) == (["doc-a"], [])
    assert own.get("/v1/policies").body["items"] == []
    refused = own.post("/v1/imports?dry_run=true", [BAD])
    assert refused.faults == [("/0/level", "unknown_code")]


@pytest.mark.parametrize("query", ["dry_run=maybe", "publish=2", "notify=yes", "colour=red"])
def test_a_wrong_parameter_is_named(own: Site, query: str) -> None:
    answer = own.post(f"/v1/imports?{query}", [document("doc-a")])
    assert (answer.status, answer.faults[0][0]) == (422, query.partition("=")[0])
    assert own.get("/v1/policies").body["items"] == []


def test_an_import_tells_nobody_unless_asked(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    own.post("/v1/imports?publish=true", [document("doc-a")])
    own.work()
    assert own.get("/v1/enterprises/firm/notifications").body["items"] == []
    own.post("/v1/imports?publish=true&notify=true", [document("doc-b")])
    own.work()
    told = own.get("/v1/enterprises/firm/notifications").body["items"]
    assert [item["measure_id"] for item in told] == ["doc-b.one"]


def test_an_import_may_be_larger_than_other_bodies(own: Site) -> None:
    plain = document("doc-long", text="字" * 700_000)
    assert own.post("/v1/policies", plain).status == 413
    assert own.post("/v1/imports", [plain]).status == 200


@pytest.mark.slow
def test_an_import_beyond_64_mib_is_too_large(own: Site) -> None:
    answer = own.post("/v1/imports", b" " * ((64 << 20) + 1))
    assert (answer.status, answer.code) == (413, "too_large")


def test_a_repeated_import_with_a_key_answers_the_same(own: Site) -> None:
    sent = [document("doc-a")]
    first = own.post("/v1/imports?publish=true", sent, idempotency_key="k")
    assert own.post("/v1/imports?publish=true", sent, idempotency_key="k").body == first.body
    assert own.post("/v1/imports?publish=true", [], idempotency_key="k").code == "idempotency_mismatch"


def test_an_empty_list_imports_nothing(own: Site) -> None:
    assert own.post("/v1/imports", []).body["created"] == []
