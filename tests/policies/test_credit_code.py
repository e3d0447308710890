"""The check character of the unified social credit code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.credit_code import ALPHABET, credit_check_character, credit_code_is_right

# A code printed in many explanations of GB 32100-2015; its weighted sum is 1,640 = 28 (mod 31)
RIGHT = "91350100M000100Y43"


def test_the_example_of_the_standard_is_right():
    assert credit_code_is_right(RIGHT)
    assert credit_check_character(RIGHT[:17]) == "3"


def test_nothing_but_form_and_check_character_is_checked():
    assert credit_code_is_right("91330106MA27XXXXX0")


@pytest.mark.parametrize(
    "code", ["", RIGHT[:17], RIGHT + "3", RIGHT.lower(), RIGHT[:17] + "4", "I" * 18, "９" * 18]
)
def test_another_length_letter_or_check_character_is_wrong(code):
    assert not credit_code_is_right(code)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_changed_sign_is_found(first17, place, sign):
    code = first17 + credit_check_character(first17)
    assert credit_code_is_right(code)
    changed = code[:place] + sign + code[place + 1 :]
    assert credit_code_is_right(changed) == (changed == code)
