"""What goes in and out of an enterprise's mailbox.

Shapes only.
"""

from policies.reading import Object, Word
from service.mail.addresses import mail_address_reader
from service.mail.store import STATES
from service.mail.words import LANGUAGES
from service.openapi_shapes import TEXT, Shape, has, maybe

MAILBOX = Object(
    {"address": mail_address_reader(), "language": Word(LANGUAGES)},
    required=("address",),
)
SHOWN: Shape = has(
    address=maybe(TEXT),
    language={"type": "string", "enum": list(LANGUAGES)},
    state={"type": "string", "enum": list(STATES)},
    sent_on=maybe(TEXT),
    error=maybe(TEXT),
    updated_at=TEXT,
)
