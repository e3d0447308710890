"""Jobs as the administrator's pages show them: what each does in words, when, and what went wrong.

Reads answers of the API. Never changes anything; a kind without words is shown as it is.
"""

from collections.abc import Mapping
from typing import Any

from service.pages.words import Words, table

PER_PAGE = 20
NAMED = 3  # documents of a job that are named


def shown(job: Mapping[str, Any], t: Words) -> dict[str, Any]:
    """One job: GET /v1/jobs with its times in Shanghai and words for its kind and its error."""
    kind = f"job.kind.{job['kind']}"
    wrong = t("job.error" if job["state"] == "failed" else "job.error.again") if job["error"] else ""
    return {
        **job,
        "what": t(kind) if kind in table() else job["kind"],
        "asked": t.moment(job["created_at"]),
        "ended": t.moment(job["finished_at"]) if job["finished_at"] else "",
        "wrong": wrong,
    }
