"""The unified social credit code of GB 32100-2015: alphabet and check character.

Nothing else is checked in it: neither who registered it nor where.
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(3**place % 31 for place in range(17))


def credit_check_character(first17: str) -> str:
    """The 18th character for the first 17. Raises ValueError at a character outside the alphabet."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def credit_code_is_right(code: str) -> bool:
    """Whether the code has 18 characters of the alphabet and the right check character."""
    return (
        len(code) == 18
        and all(sign in ALPHABET for sign in code)
        and code[17] == credit_check_character(code[:17])
    )
