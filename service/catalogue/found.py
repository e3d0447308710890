"""What of a question found each measure that is shown: the answer's `found`, for asks and for lists.

Only for what is shown; orders nothing.
"""

from collections.abc import Sequence
from typing import Any

from index.e5_file import Floats
from index.evidence import evidence
from service.catalogue.shelf import Shelf
from service.keepers import Searchable


def found_by(
    shelf: Shelf, search: Searchable | None, query: str | None, vector: Floats | None, places: Sequence[int]
) -> list[dict[str, Any] | None]:
    """`by`, `words` and `passage` of the measures at these places; None for what nothing of it speaks for."""
    if not query or search is None:
        return [None] * len(places)
    told = evidence(search.index, query, vector, [shelf.entry(place) for place in places])
    return [
        None if one is None else {"by": one.by, "words": list(one.words), "passage": one.passage}
        for one in told
    ]
