"""Reads mail addresses strictly: plain ASCII, one mailbox, nothing that could end a header line.

Whether anybody reads mail there is found out by sending.
"""

import re
from typing import Any

from policies.faults import Fault
from policies.reading import BAD, Custom, Reader, wrong_type

LONGEST = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORM = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_SHAPE = {"type": "string", "format": "email", "maxLength": LONGEST}


def is_address(text: str) -> bool:
    """Whether mail can be sent to the text as it stands."""
    return len(text) <= LONGEST and _FORM.fullmatch(text) is not None


def mail_address_reader() -> Reader:
    """A member of a body that holds an address; a fault does not repeat it."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        if not is_address(value):
            told = {"note": "not a plain mail address", "note_zh": "不是可用的邮箱地址"}
            faults.append(Fault(at, "bad_text", told))
            return BAD
        return value

    return Custom(reads, _SHAPE)
