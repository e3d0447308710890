"""What is written as YAML is read back as the same values, also where YAML 1.1 and 1.2 differ."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.yaml_reading import read_yaml
from service.yaml_writing import to_yaml

CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"))
TEXTS = st.text(CHARACTERS | st.just("\n"), max_size=30)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTS
    | st.decimals(-(10**12), 10**12, places=2).filter(lambda d: d != d.to_integral())
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)


@given(VALUES)
def test_what_is_written_is_read_back_as_the_same(value: object) -> None:
    assert read_yaml(to_yaml(value).encode()).value == value


@pytest.mark.parametrize(
    "text", ["0o17", "1e3", "0x1F", "330106", "2024-01-01", "null", "~", "yes", ".inf", "-"]
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert read_yaml(to_yaml({"a": text}).encode()).value == {"a": text}


def test_numbers_stay_exact() -> None:
    assert read_yaml(to_yaml([Decimal("0.10"), 10**15]).encode()).value == [Decimal("0.10"), 10**15]


def test_members_keep_their_order_and_chinese_stays_readable() -> None:
    assert to_yaml({"b": "稳岗返还", "a": 1}) == "b: 稳岗返还\na: 1\n"
