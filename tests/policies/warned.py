"""Documents of one measure, and the warnings that they have: for tests of warnings.

Never part of the service.
"""

from typing import Any

from policies.documents import Document, read_document
from policies.facts import china
from policies.warnings import warnings_of


def drawn_up(rule: Any, benefits: Any = None, **members: Any) -> Document:
    measure = {"key": "b", "title": "补助", "kind": "grant", "mode": "apply", "rule": rule}
    plain = {"id": "cn-2026-a", "title": "办法", "issuers": ["某局"], "in_force": "stated_until"}
    place = {"level": "national", "region": "000000", "provenance": "from-memory"}
    entry = {**measure, "benefits": benefits}
    return read_document({**plain, **place, **members, "measures": [entry]}, china())


def found(rule: Any, benefits: Any = None, **members: Any) -> list[tuple[str, str]]:
    """Pointers below the measure, and codes."""
    doubts = warnings_of(drawn_up(rule, benefits, **members), china())
    return [(doubt.pointer.removeprefix("/measures/0"), doubt.code) for doubt in doubts]
