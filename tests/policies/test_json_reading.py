"""JSON and YAML come in exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.faults import Refused
from policies.json_reading import read_json
from policies.json_writing import digest_of, to_json
from policies.yaml_reading import read_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)  # fmt: skip


def code_of(body: bytes, reader=read_json) -> str:
    with pytest.raises(Refused) as refused:
        reader(body)
    return refused.value.faults[0].code


@given(VALUES)
def test_what_is_written_is_read_back_equal(value: object) -> None:
    assert read_json(to_json(value).encode()) == value


def test_numbers_stay_exact() -> None:
    assert read_json(b"[0.1, 1e2, 12345678901234567890.05]") == [
        Decimal("0.1"),
        Decimal("1e2"),
        Decimal("12345678901234567890.05"),
    ]


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b"NaN", b"[Infinity]", b"", b"{", b"[1,]", b'"\x00"'])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    assert code_of(body) == "malformed_json"


def test_bytes_that_are_no_utf8_are_told_as_such() -> None:
    assert code_of('{"a": "惠企"}'.encode("gb18030")) == "invalid_encoding"


@pytest.mark.parametrize("body", [b"[" * 10_000, b"[" * 129 + b"]" * 129, b'{"a":' * 129 + b"1" + b"}" * 129])
def test_deep_nesting_is_refused(body: bytes) -> None:
    assert code_of(body) == "too_deep"


def test_nesting_of_the_allowed_depth_is_read() -> None:
    assert read_json(b"[" * 128 + b"]" * 128)


def test_an_exponent_beyond_all_numbers_is_infinite_not_an_error() -> None:
    assert read_json(b"1e99999999999999999999") == Decimal("Infinity")


def test_yaml_follows_the_core_schema() -> None:
    text = b"day: 2016-01-29\ncode: 330106\nquoted: '330106'\nlist: [1.50, ~, yes, true, 0x1f, -3]\n"
    assert read_yaml(text).value == {
        "day": "2016-01-29",
        "code": 330106,
        "quoted": "330106",
        "list": [Decimal("1.50"), None, "yes", True, 31, -3],
    }


def test_yaml_knows_the_line_of_each_value() -> None:
    text = read_yaml(b"a: 1\nb:\n  - x\n  - c: 2\n")
    assert [text.line(at) for at in ("/a", "/b/0", "/b/1/c", "/b/1/missing")] == [1, 3, 4, 4]


@pytest.mark.parametrize(
    "text", [b"a: &x 1\nb: *x", b"a: 1\na: 2", b"a: .nan", b"a: .inf", b"a: b: c", b"? [1]\n: 2"]
)
def test_yaml_beyond_json_is_malformed(text: bytes) -> None:
    assert code_of(text, read_yaml) == "malformed_json"


def test_yaml_that_is_too_deep_is_refused() -> None:
    assert code_of(b"[" * 5_000 + b"]" * 5_000, read_yaml) == "too_deep"


def test_equal_content_has_one_digest_however_it_is_written() -> None:
    assert digest_of({"a": Decimal("1.0"), "b": [1]}) == digest_of({"b": [Decimal(1)], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})


def test_a_lone_surrogate_is_written_so_that_it_can_be_sent() -> None:
    assert to_json({"/\ud800": "\U0001f600"}).encode() == b'{"/\\ud800":"\xf0\x9f\x98\x80"}'
    assert read_json(to_json("\udc00").encode()) == "\udc00"


def test_long_decimals_that_differ_have_different_digests() -> None:
    one, other = (Decimal(f"123456789012345.1234567890123456789{last}") for last in "12")
    assert digest_of(one) != digest_of(other)
    assert digest_of(Decimal("0.50")) == digest_of(Decimal("0.5"))


def test_a_tag_of_the_core_schema_decides_what_a_yaml_value_is() -> None:
    assert read_yaml(b'{a: !!str 330106, b: !!int "5", c: !!seq [1]}').value == {
        "a": "330106",
        "b": 5,
        "c": [1],
    }


@pytest.mark.parametrize("text", ["a: !!set {x}", "a: !foo 5", "a: !!python/name:os.system", "a: \x01"])
def test_yaml_outside_the_core_schema_is_malformed(text: str) -> None:
    assert code_of(text.encode(), read_yaml) == "malformed_json"
