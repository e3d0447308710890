"""UUIDv7 text (RFC 9562, 5.7): sorts by time, unique by chance.

The instant is an argument; the chance is the machine's.
"""

import secrets
from datetime import datetime

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def uuid7(now: datetime) -> str:
    """A new id made at this instant (aware)."""
    milliseconds = int(now.timestamp() * 1_000)
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_uuid(text: str) -> bool:
    """Whether the text has the form of an id of ours."""
    parts = text.split("-")
    return [len(p) for p in parts] == [8, 4, 4, 4, 12] and all(
        character in "0123456789abcdef" for part in parts for character in part
    )
