"""Input made to be slow is refused or read in time that grows with its length, not with its square."""

from datetime import date
from decimal import Decimal
from time import process_time

import pytest

from policies.eligibility import judge
from policies.facts import china
from policies.faults import Fault, Refused
from policies.json_reading import read_json
from policies.json_writing import digest_of
from policies.profiles import Known, Profile, read_profile
from policies.rules import read_rule


@pytest.fixture(autouse=True)
def quickly():
    began = process_time()
    yield
    assert process_time() - began < 5


def test_a_member_named_twice_among_many_is_found_quickly() -> None:
    members = ",".join(f'"k{i}":1' for i in range(100_000))
    with pytest.raises(Refused):
        read_json(f'{{{members},"k99999":1}}'.encode())


def test_marks_in_a_row_that_normalise_in_quadratic_time_are_refused_unread() -> None:
    with pytest.raises(Refused) as refused:
        read_profile({"text": "a" + "\u0300\u0316" * 250_000}, china(), today=date(2026, 11, 24))
    assert refused.value.faults[0].code == "bad_text"


def test_many_unknown_operators_are_told_without_seeking_the_nearest_of_each() -> None:
    faults: list[Fault] = []
    read_rule({f"at_leats{i}": 1 for i in range(30_000)}, china(), "", faults)
    assert len(faults) == 30_000
    assert (bool(faults[0].params["note"]), faults[-1].params["note"]) == (True, "")


def test_a_number_of_a_billion_digits_has_a_digest() -> None:
    number = read_json(b"1e999999999")
    assert digest_of(number) != digest_of(read_json(b"1e999999998"))
    assert digest_of(read_json(b"1e9999999999999999999")) == digest_of(read_json(b"2e9999999999999999999"))


@pytest.mark.parametrize("form", ["mul", "div"])
def test_a_product_of_thousands_of_digits_is_too_large(form: str) -> None:
    factors = [Decimal("123456789012345.12345678901234567891")] * 1_990
    part: object = (
        factors if form == "mul" else [1, {"add": [{"div": [1, factor]} for factor in factors[:600]]}]
    )
    faults: list[Fault] = []
    read_rule({"value": {form: part}, "gte": 0}, china(), "/rule", faults)
    assert [(fault.pointer, fault.code) for fault in faults] == [("/rule", "rule_too_large")]


@pytest.mark.parametrize("form", ["add", "min", "max"])
def test_a_sum_of_as_many_numbers_as_a_rule_may_have_is_read_and_worked_out(form: str) -> None:
    faults: list[Fault] = []
    parts = [{"field": "revenue"}, Decimal("0.01")] * 995
    rule = read_rule({"value": {form: parts}, "gte": 0}, china(), "", faults)
    assert not faults
    known = Known(Profile(), china(), date(2026, 11, 24))
    assert judge(rule, known, "a").verdict == "eligible"
