"""The warnings of documents as answers tell them.

Shapes only; policies.warnings finds them, and nothing is refused for one.
"""

from collections.abc import Iterable
from typing import Any

from policies.documents import Document
from policies.facts import Registry
from policies.warnings import Doubt, warnings_of
from service.publishing.importing import Placed


def told(document: Document, registry: Registry, lang: str) -> list[dict[str, Any]]:
    """The warnings of one document."""
    return [doubt.told(lang) for doubt in warnings_of(document, registry)]


def told_of(placed: Iterable[Placed], registry: Registry, lang: str) -> list[dict[str, Any]]:
    """The warnings of documents where they stood, with the file where there is one."""
    return [doubt.told(lang, file) for file, doubt in doubts_of(placed, registry)]


def doubts_of(placed: Iterable[Placed], registry: Registry) -> Iterable[tuple[str | None, Doubt]]:
    """Each warning with the file of its document; pointers begin where the document stood."""
    return ((each.file, doubt) for each in placed for doubt in warnings_of(each.document, registry, each.at))
