"""Bad input: refused with its code and its place, never with a traceback, and nothing of it is stored."""

import pytest

from policies.credit_code import credit_check_character
from tests.contract.documents import document, measure
from tests.contract.site import Answer, Site

FACTS = {
    '{"region": "999999"}': ("/region", "unknown_region"),
    '{"region": 330106}': ("/region", "wrong_type"),
    '{"region": "33"}': ("/region", "unknown_region"),
    '{"region": ["330106"]}': ("/region", "wrong_type"),
    '{"industry": "A6513"}': ("/industry", "unknown_industry"),
    '{"industry": "软件"}': ("/industry", "unknown_industry"),
    '{"shoe_size": 5}': ("/shoe_size", "unknown_fact"),
    '{"size": "micro"}': ("/size", "unknown_fact"),
    '{"rd_ratio": {"2025": 0.1}}': ("/rd_ratio", "unknown_fact"),
    '{"age_months": 5}': ("/age_months", "unknown_fact"),
    '{"small_low_profit": true}': ("/small_low_profit", "unknown_fact"),
    '{"employees": true}': ("/employees", "wrong_type"),
    '{"employees": "18"}': ("/employees", "wrong_type"),
    '{"employees": 18.5}': ("/employees", "wrong_type"),
    '{"employees": -1}': ("/employees", "out_of_range"),
    '{"employees": 1000000001}': ("/employees", "out_of_range"),
    '{"employees": [18]}': ("/employees", "wrong_type"),
    '{"revenue": "5"}': ("/revenue", "wrong_type"),
    '{"revenue": 1e999}': ("/revenue", "out_of_range"),
    '{"revenue": -1e999}': ("/revenue", "out_of_range"),
    '{"revenue": 1e99999999999999999999}': ("/revenue", "out_of_range"),
    '{"revenue": 1.005}': ("/revenue", "out_of_range"),
    '{"revenue": 1e-999999999}': ("/revenue", "out_of_range"),
    '{"revenue": -0.01}': ("/revenue", "out_of_range"),
    '{"revenue": 1000000000000000.01}': ("/revenue", "out_of_range"),
    '{"profit": -1000000000000000.01}': ("/profit", "out_of_range"),
    '{"revenue": {"1948": 1}}': ("/revenue/1948", "out_of_range"),
    '{"revenue": {"2100": 1}}': ("/revenue/2100", "out_of_range"),
    '{"revenue": {"25": 1}}': ("/revenue/25", "unknown_member"),
    '{"revenue": {"2025": "1"}}': ("/revenue/2025", "wrong_type"),
    '{"revenue": {"2025": {"min": 5, "max": 4}}}': ("/revenue/2025/max", "bad_range"),
    '{"revenue": {"min": 5, "max": 4}}': ("/revenue/max", "bad_range"),
    '{"revenue": {"min": 5, "most": 9}}': ("/revenue/most", "unknown_member"),
    '{"revenue": {"value": 5, "colour": 1}}': ("/revenue/colour", "unknown_member"),
    '{"revenue": {"source": "报表"}}': ("/revenue/value", "missing_member"),
    '{"revenue": {"value": 5, "as_of": "2026-02-30"}}': ("/revenue/as_of", "bad_date"),
    '{"staff_laid_off_ratio": 1.01}': ("/staff_laid_off_ratio", "out_of_range"),
    '{"staff_laid_off_ratio": -0.1}': ("/staff_laid_off_ratio", "out_of_range"),
    '{"registered_on": "2026-02-30"}': ("/registered_on", "bad_date"),
    '{"registered_on": "2023-02-29"}': ("/registered_on", "bad_date"),
    '{"registered_on": "2021-3-1"}': ("/registered_on", "bad_date"),
    '{"registered_on": "２０２１-03-01"}': ("/registered_on", "bad_date"),
    '{"registered_on": 20210301}': ("/registered_on", "wrong_type"),
    '{"registered_on": {"min": "2021-03-01", "max": "2021-02-01"}}': ("/registered_on/max", "bad_range"),
    '{"legal_form": "gmbh"}': ("/legal_form", "unknown_code"),
    '{"tax_credit_grade": "E"}': ("/tax_credit_grade", "unknown_code"),
    '{"credit_dishonest": "no"}': ("/credit_dishonest", "wrong_type"),
    '{"credit_dishonest": 0}': ("/credit_dishonest", "wrong_type"),
    '{"qualifications": ["best_firm"]}': ("/qualifications/0", "unknown_code"),
    '{"qualifications": {"held": [{"code": "srdi", "since": "2024-02-01", "until": "2024-01-01"}]}}': (
        "/qualifications/held/0/until", "bad_range"),
    '{"qualifications": {"held": ["srdi"], "not_held": ["srdi"]}}': (
        "/qualifications/not_held/0", "conflicting_values"),
    '{"qualifications": {"held": ["srdi"], "all": true}}': ("/qualifications/all", "unknown_member"),
    '{"qualifications": {"held": [{"since": "2024-02-01"}]}}': (
        "/qualifications/held/0/code", "missing_member"),
    '{"qualifications": "srdi"}': ("/qualifications", "wrong_type"),
    '{"zones": ["Big Zone"]}': ("/zones/0", "bad_id"),
    '{"a/b~c": 1}': ("/a~1b~0c", "unknown_fact"),
    "[]": ("", "wrong_type"),
}  # fmt: skip


@pytest.mark.parametrize("sent", FACTS)
def test_a_wrong_fact_is_refused_at_its_place(shared: Site, sent: str) -> None:
    body = f'{{"profile": {{"facts": {sent}}}}}'.encode()
    answer = shared.post("/v1/recommendations", body, key=None)
    at, code = FACTS[sent]
    assert (answer.status, answer.faults) == (422, [("/profile/facts" + at, code)])


RIGHT = "91330106MA27XXXXX" + credit_check_character("91330106MA27XXXXX")
WRONG_CHECK = RIGHT[:-1] + ("1" if RIGHT[-1] == "0" else "0")
PROFILES = {
    f'{{"credit_code": "{WRONG_CHECK}"}}': ("/credit_code", "bad_credit_code"),
    f'{{"credit_code": "{RIGHT.lower()}"}}': ("/credit_code", "bad_credit_code"),
    f'{{"credit_code": "I{RIGHT[1:]}"}}': ("/credit_code", "bad_credit_code"),
    '{"credit_code": ""}': ("/credit_code", "bad_credit_code"),
    '{"credit_code": 91330106}': ("/credit_code", "wrong_type"),
    '{"name": "\\ud800"}': ("/name", "bad_text"),
    '{"name": "a\\u0000b"}': ("/name", "bad_text"),
    '{"name": "a\\u001bb"}': ("/name", "bad_text"),
    '{"name": "a\\u0085b"}': ("/name", "bad_text"),
    '{"name": "a\\rb"}': ("/name", "bad_text"),
    '{"name": 5}': ("/name", "wrong_type"),
    f'{{"text": "{"字" * 5_001}"}}': ("/text", "bad_text"),
    f'{{"text": "{"a" * 1_000_000}"}}': ("/text", "bad_text"),
    '{"answers": {"no-hash": true}}': ("/answers/no-hash", "bad_id"),
    '{"answers": {"a.b#c": "yes"}}': ("/answers/a.b#c", "wrong_type"),
    '{"answers": []}': ("/answers", "wrong_type"),
    '{"fact": {}}': ("/fact", "unknown_member"),
    '"text"': ("", "wrong_type"),
}  # fmt: skip


@pytest.mark.parametrize("sent", PROFILES, ids=lambda sent: sent[:40])
def test_a_wrong_profile_is_refused_at_its_place(shared: Site, sent: str) -> None:
    answer = shared.post("/v1/recommendations", f'{{"profile": {sent}}}'.encode(), key=None)
    at, code = PROFILES[sent]
    assert (answer.status, answer.faults) == (422, [("/profile" + at, code)])


BYTES = {
    b"{": (400, "malformed_json"),
    b"nothing": (400, "malformed_json"),
    b'{"profile": {}} {}': (400, "malformed_json"),
    b'{"profile": {}, "profile": {}}': (400, "malformed_json"),
    b'{"profile": {"facts": {"employees": 1, "employees": 2}}}': (400, "malformed_json"),
    b'{"profile": {"facts": {"revenue": NaN}}}': (400, "malformed_json"),
    b'{"profile": {"facts": {"revenue": -Infinity}}}': (400, "malformed_json"),
    b'{"profile": {"facts": {"revenue": 05}}}': (400, "malformed_json"),
    b'{"profile": {"name": "a\x00b"}}': (400, "malformed_json"),
    b'{"profile": {"name": "a\nb"}}': (400, "malformed_json"),
    b'{"profile": {"name": "\xff"}}': (400, "invalid_encoding"),
    b'{"profile": {"name": "\xed\xa0\x80"}}': (400, "invalid_encoding"),
    '{"profile": {}}'.encode("utf-16"): (400, "invalid_encoding"),
    b"[" * 10_000 + b"]" * 10_000: (400, "too_deep"),
    b"[" * 129 + b"]" * 129: (400, "too_deep"),
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000: (400, "too_deep"),
    b"[" * 10_000: (400, None),
    b"[]": (422, "wrong_type"),
    b"null": (422, "wrong_type"),
    b"5": (422, "wrong_type"),
    b" " * ((1 << 20) + 1): (413, "too_large"),
}


@pytest.mark.parametrize("sent", BYTES, ids=lambda sent: repr(sent[:30]))
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/recommendations"), ("POST", "/v1/eligibility"), ("PUT", "/v1/enterprises/bytes"),
     ("POST", "/v1/policies"), ("POST", "/v1/measures/aa-parts.certain/audience"),
     ("POST", "/v1/policies/aa-parts/publish"), ("POST", "/v1/index/rebuild")],
)  # fmt: skip
def test_bytes_that_are_no_body_are_refused(shared: Site, method: str, path: str, sent: bytes) -> None:
    answer = shared.send(method, path, sent)
    status, code = BYTES[sent]
    assert answer.status == status, answer.body
    assert code in (None, answer.code)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_what_is_not_json_is_an_unsupported_type(shared: Site, method: str) -> None:
    path = "/v1/recommendations" if method == "POST" else "/v1/enterprises/typed"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/yaml", "json"):
        answer = shared.send(method, path, b"{}", content_type=kind)
        assert (answer.status, answer.code) == (415, "unsupported_type")


def test_a_charset_beside_the_type_is_accepted(shared: Site) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        assert shared.send("POST", "/v1/recommendations", b'{"profile": {}}', content_type=kind).status == 200


def test_a_body_just_small_enough_is_read(shared: Site) -> None:
    body = b'{"profile": {}}'
    assert shared.post("/v1/recommendations", body + b" " * ((1 << 20) - len(body))).status == 200


def test_a_body_without_a_length_is_not_read_beyond_the_limit(shared: Site) -> None:
    answer = shared.client.post("/v1/recommendations", content=iter([b" " * 65_536] * 17))
    assert Answer(answer.status_code, answer.headers, answer.content).code == "too_large"


def test_every_fault_of_a_body_is_listed_in_the_order_of_the_document(shared: Site) -> None:
    sent = {
        "limit": 0,
        "profile": {"facts": {"revenue": {"max": 1, "min": 2}, "employees": True}, "name": ""},
        "colour": 1,
        "as_of": "2026-02-30",
    }
    answer = shared.post("/v1/recommendations", sent, key=None)
    assert answer.faults == [
        ("/limit", "out_of_range"),
        ("/profile/facts/revenue/max", "bad_range"),
        ("/profile/facts/employees", "wrong_type"),
        ("/profile/name", "bad_text"),
        ("/colour", "unknown_member"),
        ("/as_of", "bad_date"),
    ]
    assert answer.code == "out_of_range"


def test_a_missing_member_is_told_after_its_objects_other_faults(shared: Site) -> None:
    sent = {**document("zz-missing"), "kolour": 1}
    del sent["title"]
    del sent["measures"][0]["kind"]
    sent["measures"][0]["mode"] = "post"
    answer = shared.post("/v1/policies", sent)
    assert answer.faults == [
        ("/measures/0/mode", "unknown_code"),
        ("/measures/0/kind", "missing_member"),
        ("/kolour", "unknown_member"),
        ("/title", "missing_member"),
    ]


def test_at_most_fifty_faults_are_listed(shared: Site) -> None:
    answer = shared.ask({"facts": {f"fact_{n}": 1 for n in range(80)}})
    assert len(answer.faults) == 50
    assert answer.faults[0][0] == "/profile/facts/fact_0"


ASKS = {
    '{"enterprise_id": "x", "profile": {}}': ("/profile", "conflicting_values"),
    '{"profile": {}, "enterprise_id": "x"}': ("/enterprise_id", "conflicting_values"),
    "{}": ("/enterprise_id", "missing_member"),
    '{"profile": null}': ("/enterprise_id", "missing_member"),
    '{"enterprise_id": "a b"}': ("/enterprise_id", "bad_id"),
    f'{{"profile": {{}}, "query": "{"字" * 2_001}"}}': ("/query", "bad_text"),
    '{"profile": {}, "parts": []}': ("/parts", "out_of_range"),
    '{"profile": {}, "parts": ["sure"]}': ("/parts/0", "unknown_code"),
    '{"profile": {}, "parts": "certain"}': ("/parts", "wrong_type"),
    '{"profile": {}, "states": []}': ("/states", "out_of_range"),
    '{"profile": {}, "states": ["opened"]}': ("/states/0", "unknown_code"),
    '{"profile": {}, "kinds": []}': ("/kinds", "out_of_range"),
    '{"profile": {}, "kinds": ["loan"]}': ("/kinds/0", "unknown_code"),
    '{"profile": {}, "regions": []}': ("/regions", "out_of_range"),
    '{"profile": {}, "regions": ["999999"]}': ("/regions/0", "unknown_region"),
    '{"profile": {}, "regions": [330100]}': ("/regions/0", "wrong_type"),
    '{"profile": {}, "sort": "name"}': ("/sort", "unknown_code"),
    '{"profile": {}, "lang": "fr"}': ("/lang", "unknown_code"),
    '{"profile": {}, "limit": 101}': ("/limit", "out_of_range"),
    '{"profile": {}, "limit": "5"}': ("/limit", "wrong_type"),
    '{"profile": {}, "limit": 2.5}': ("/limit", "wrong_type"),
    '{"profile": {}, "limit": 1e99}': ("/limit", "out_of_range"),
    '{"profile": {}, "as_of": "1989-12-31"}': ("/as_of", "out_of_range"),
    '{"profile": {}, "as_of": "2100-01-01"}': ("/as_of", "out_of_range"),
    '{"profile": {}, "as_of": "2026-13-01"}': ("/as_of", "bad_date"),
    '{"profile": {}, "as_of": 2026}': ("/as_of", "wrong_type"),
    '{"profile": {}, "cursor": 5}': ("/cursor", "wrong_type"),
}


@pytest.mark.parametrize("sent", ASKS, ids=lambda sent: sent[:50])
def test_a_wrong_ask_is_refused_at_its_place(shared: Site, sent: str) -> None:
    answer = shared.post("/v1/recommendations", sent.encode(), key=None)
    assert (answer.status, answer.faults) == (422, [ASKS[sent]])


def test_a_refused_draft_or_profile_is_not_stored(shared: Site) -> None:
    assert shared.put("/v1/enterprises/half", {"name": "半", "facts": {"employees": -1}}).status == 422
    assert shared.get("/v1/enterprises/half").status == 404
    plain = document("zz-half", measure(), measure("two", {"field": "nothing", "gt": 1}))
    assert shared.post("/v1/policies", plain).status == 422
    assert shared.get("/v1/policies/zz-half").status == 404


def test_text_is_made_nfc_with_plain_line_ends(shared: Site) -> None:
    shared.put("/v1/enterprises/nfc", {"name": "Cafe\u0301", "text": "a\r\nb\tc"})
    body = shared.get("/v1/enterprises/nfc").body
    assert (body["name"], body["text"]) == ("Café", "a\nb\tc")


def test_lengths_count_what_is_kept(shared: Site) -> None:
    assert shared.ask({"text": "e\u0301\r\n" * 2_500}).status == 200


@pytest.mark.parametrize("sent", ["1000000000000000", "0", "5.10", "5.100", "1e3", "1E+3", "-0", "0.0"])
def test_any_spelling_of_a_right_number_is_read(shared: Site, sent: str) -> None:
    body = f'{{"profile": {{"facts": {{"revenue": {sent}}}}}}}'.encode()
    assert shared.post("/v1/recommendations", body, key=None).status == 200


def test_18_point_0_people_are_18(shared: Site) -> None:
    shared.put("/v1/enterprises/whole", b'{"name": "n", "facts": {"employees": {"2025": 18.0}}}')
    assert b'"2025":18}' in shared.get("/v1/enterprises/whole").content.replace(b" ", b"")
