"""Imports: every form, whole or not at all, each fault with its position and file."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policies.json_writing import to_json
from tests.service.administering import Desk, desk
from tests.service.asking import document, measure

pytestmark = pytest.mark.usefixtures("both")

IMPORTS = "/v1/imports"
A, B = document("a-doc"), document("b-doc")
BAD = document("c-doc", measure("one", {"field": "colour", "is": 1}))
YAML = """
id: a-doc
title: 甲办法
issuers: [某局]
level: national
region: "000000"
in_force: stated_until
provenance: from-memory
measures:
  - key: one
    title: 补助
    kind: grant
    mode: apply
    rule: {all: []}
"""


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


def ndjson(*documents: Any) -> bytes:
    return "\n".join(map(to_json, documents)).encode() + b"\n"


async def form(at: Desk, *files: tuple[str, bytes], field: str = "files", **query: str) -> Any:
    """Status and body of an import of files."""
    sent = [(field, (name, content)) for name, content in files]
    key = {"Authorization": f"Bearer {at.services.keys.current()}"}
    answer = await at.world.client.post(IMPORTS, params=query, files=sent, headers=key)
    return answer.status_code, answer.json()


async def stored(at: Desk) -> list[str]:
    return [item["id"] for item in (await at.get("/v1/policies")).body["items"]]


@pytest.mark.parametrize(
    ("kind", "content", "created"),
    [
        ("application/json", to_json(A).encode(), ["a-doc"]),
        ("application/json", to_json([B, A]).encode(), ["b-doc", "a-doc"]),
        ("application/x-ndjson", ndjson(A, B), ["a-doc", "b-doc"]),
        ("application/yaml", YAML.encode(), ["a-doc"]),
        ("application/json; charset=utf-8", b"[]", []),
    ],
)
async def test_every_form_is_read(at: Desk, kind: str, content: bytes, created: list[str]) -> None:
    answer = await at.post(IMPORTS, content, content_type=kind)
    expected = {"created": created, "changed": [], "unchanged": [], "jobs": [], "warnings": []}
    assert (answer.status, answer.body) == (200, expected)
    assert await stored(at) == sorted(created)


async def test_files_of_a_form_are_read_by_their_names(at: Desk) -> None:
    status, body = await form(at, ("a.yaml", YAML.encode()), ("more.ndjson", ndjson(B)))
    assert (status, body["created"]) == (200, ["a-doc", "b-doc"])


async def test_changed_and_unchanged_are_told_apart(at: Desk) -> None:
    await at.post(IMPORTS, [A, B])
    answer = await at.post(IMPORTS, [A, {**B, "title": "新名"}, document("c-doc")])
    told = {name: answer.body[name] for name in ("created", "changed", "unchanged")}
    assert told == {"created": ["c-doc"], "changed": ["b-doc"], "unchanged": ["a-doc"]}
    assert (await at.get("/v1/policies/b-doc")).body["draft_revision"] == 2


async def test_a_dry_run_stores_nothing(at: Desk) -> None:
    answer = await at.post(f"{IMPORTS}?dry_run=true&publish=true", [A, B])
    assert (answer.body["created"], answer.body["jobs"]) == (["a-doc", "b-doc"], [])
    assert await stored(at) == []


async def test_one_bad_document_stores_nothing(at: Desk) -> None:
    told = await at.faults("POST", IMPORTS, [A, B, {}, BAD])
    assert told[0] == 422
    assert told[1][0] == ("/2/id", "missing_member")
    assert told[1][-1] == ("/3/measures/0/rule/field", "unknown_fact")
    assert await stored(at) == []


async def test_a_single_document_has_no_position(at: Desk) -> None:
    assert await at.faults("POST", IMPORTS, BAD) == (422, [("/measures/0/rule/field", "unknown_fact")])


@pytest.mark.parametrize(
    ("line", "code", "status"),
    [(b"{", "malformed_json", 400), (b'{"a": "\xff"}', "invalid_encoding", 400), (b"7", "wrong_type", 422)],
)
async def test_a_bad_line_is_told_by_its_position(at: Desk, line: bytes, code: str, status: int) -> None:
    sent = ndjson(A) + line + b"\n" + ndjson(B)
    told = await at.faults("POST", IMPORTS, sent, content_type="application/x-ndjson")
    assert told == (status, [("/1", code)])


async def test_one_id_twice_is_refused_whatever_the_content(at: Desk) -> None:
    assert await at.faults("POST", IMPORTS, [A, B, A]) == (409, [("/2/id", "duplicate_id")])
    status, body = await form(at, ("a.yaml", YAML.encode()), ("b.json", to_json(A).encode()))
    assert (status, body["errors"][0]["file"], body["errors"][0]["pointer"]) == (409, "b.json", "/id")


async def test_a_fault_in_a_file_names_the_file(at: Desk) -> None:
    status, body = await form(at, ("a.json", to_json([A, BAD]).encode()), ("b.yaml", b"a: ["))
    told = [(each["file"], each["pointer"], each["code"]) for each in body["errors"]]
    assert (status, told) == (
        422,
        [("a.json", "/1/measures/0/rule/field", "unknown_fact"), ("b.yaml", "", "malformed_json")],
    )


async def test_yaml_keeps_its_own_traps_out(at: Desk) -> None:
    sent = YAML.replace('"000000"', "330106").replace("key: one", "key: no").encode()
    told = await at.faults("POST", IMPORTS, sent, content_type="application/yaml")
    assert told == (422, [("/region", "wrong_type")])


async def test_a_form_with_anything_but_files_is_refused(at: Desk) -> None:
    status, body = await form(at, ("a.json", to_json(A).encode()), field="other")
    told = [(each["pointer"], each["code"]) for each in body["errors"]]
    assert (status, told) == (422, [("/other", "unknown_member"), ("/files", "missing_member")])
    status, body = await form(at, ("a.pdf", b"%PDF"))
    assert (status, body["code"]) == (415, "unsupported_type")


async def test_a_broken_form_is_malformed(at: Desk) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = await at.post(IMPORTS, b"--y\r\nnothing", content_type=kind)
        assert (answer.status, answer.body["code"]) == (400, "malformed_json")


async def test_another_content_type_is_unsupported(at: Desk) -> None:
    told = await at.faults("POST", IMPORTS, b"a", content_type="text/csv")
    assert told == (415, ["unsupported_type"])


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("dry_run=maybe", ("dry_run", "wrong_type")),
        ("force=1", ("force", "unknown_member")),
        ("notify=true&notify=true", ("notify", "conflicting_values")),
    ],
)
async def test_a_wrong_parameter_is_named(at: Desk, query: str, fault: object) -> None:
    assert await at.faults("POST", f"{IMPORTS}?{query}", [A]) == (422, [fault])


async def test_published_imports_count_one_version_each_and_tell_nobody_unasked(at: Desk) -> None:
    await at.firm("f")
    await at.work()
    before = (await at.world.ask())["snapshot"]["catalogue"]
    answer = await at.post(f"{IMPORTS}?publish=true", [A, B])
    assert len(answer.body["jobs"]) == 2
    assert (await at.world.ask())["snapshot"]["catalogue"] == before + 2
    await at.work()
    assert await at.inbox("f") == []


async def test_published_imports_tell_when_asked(at: Desk) -> None:
    await at.firm("f")
    await at.post(f"{IMPORTS}?publish=true&notify=true", [A, B])
    await at.work()
    assert sorted(await at.told("f")) == ["a-doc.one", "b-doc.one"]


async def test_an_unchanged_draft_is_published_when_asked(at: Desk) -> None:
    await at.post(IMPORTS, [A])
    answer = await at.post(f"{IMPORTS}?publish=true", [A])
    assert (answer.body["unchanged"], len(answer.body["jobs"])) == (["a-doc"], 2)
    assert (await at.post(f"{IMPORTS}?publish=true", [A])).body["jobs"] == []


async def test_a_repeated_import_with_a_key_answers_the_same(at: Desk) -> None:
    first = await at.post(IMPORTS, [A], idempotency_key="k")
    again = await at.post(IMPORTS, [A], idempotency_key="k")
    assert again.body == first.body
    assert again.body["created"] == ["a-doc"]


async def test_an_import_needs_the_key(at: Desk) -> None:
    assert (await at.world.client.post(IMPORTS, json=[])).status_code == 401
