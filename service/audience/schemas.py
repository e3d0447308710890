"""What may be asked about an audience.

Groups and comparison come later and are refused until then.
"""

from policies.reading import Day, Flag, Later, Number, Object
from service.ask.request import FIRST_DAY, LAST_DAY
from service.openapi_shapes import TEXT, WHOLE, Shape, by_name, has, listed

MOST_SAMPLE, SAMPLE = 1_000, 20

ASKED = Object(
    {
        "by": Later("by"),
        "sample": Number(0, MOST_SAMPLE, places=0),
        "as_of": Day(FIRST_DAY, LAST_DAY),
        "draft": Flag(),
        "compare_to": Later("compare_to"),
    }
)
AUDIENCE: Shape = has(counts=by_name(WHOLE), by=by_name({}), sample=listed(TEXT))
