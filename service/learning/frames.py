"""What was shown and what became of it as one pandas frame, written to Parquet or CSV and read back.

One row for each measure of each answer, and for each event that stands alone. Only commands load it.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from ranking.clicks import Deed, Shown
from ranking.features import NAMES, table_hash
from service.learning import store
from service.learning.kinds import KINDS
from service.learning.logged import Answer, answers

if TYPE_CHECKING:
    import pandas

# What each column holds; absent values are missing, never zero.
COLUMNS: Mapping[str, str] = {
    "request_id": "id of the answer",
    "enterprise_id": "the stored enterprise that asked; missing for an event that stands alone",
    "shown_at": "when it was answered (UTC); missing likewise",
    "as_of": "the day that was asked about",
    "size": "size class of the firm then; missing while several were possible",
    "sort": "what the answer was sorted by",
    "generation": "generation of the index",
    "catalogue": "version of the catalogue",
    "model": "id of the model that ordered",
    "features_hash": "hash of the table of features",
    "place": "place in the list over all its pages, from 1; missing where it was not shown in this answer",
    "measure_id": "the measure",
    "part": "certain, checkable, undecided or excluded",
    **{f"{kind}_at": f"when it was first {kind}, as told by the caller (UTC)" for kind in KINDS},
    "reason": "the reason that came with the last event that had one",
    **{f"f_{name}": f"the feature {name}, as it was when it was shown" for name in NAMES},
}
PARQUET, CSV = (".parquet",), (".csv", ".csv.gz")
_AT = ("shown_at", *(f"{kind}_at" for kind in KINDS))
_AT_ONCE = 200
_OF_ANSWER = ("as_of", "size", "sort", "generation", "catalogue", "model", "features_hash")


async def frame(c: AsyncConnection) -> "pandas.DataFrame":
    """The whole log, in order of time; events that stand alone come last."""
    import pandas  # noqa: PLC0415  (half a second and 60 MB: only who exports pays)

    pieces: list[pandas.DataFrame] = []
    some: list[Answer] = []
    async for one in answers(c):
        some.append(one)
        if len(some) == _AT_ONCE:
            pieces.append(_piece(some))
            some = []
    alone = _alone(await store.told_alone(c))
    pieces += [_piece(some), _framed(alone, np.full((len(alone), len(NAMES)), np.nan))]
    return pandas.concat([piece for piece in pieces if len(piece)] or pieces[:1], ignore_index=True)


def check(path: Path) -> None:
    """Raises ValueError for a name that tells no format."""
    if not path.name.endswith(PARQUET + CSV):
        raise ValueError(f"{path}: the name must end with {', '.join(PARQUET + CSV)}")


def write(found: "pandas.DataFrame", path: Path) -> None:
    """Writes the frame as the name asks, whole or not at all. Raises ValueError for another ending."""
    check(path)
    aside = path.with_name(f"new-{os.getpid()}-{path.name}")
    try:
        if path.name.endswith(CSV):
            found.to_csv(aside, index=False, date_format="%Y-%m-%dT%H:%M:%S.%fZ")
        else:
            import duckdb  # noqa: PLC0415  (60 MB: only who exports pays)

            duckdb.from_df(found).write_parquet(str(aside))
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read(path: Path) -> "pandas.DataFrame":
    """The frame of a file that `write` wrote, equal to what it was given."""
    import pandas  # noqa: PLC0415

    if path.name.endswith(CSV):
        found = pandas.read_csv(path, dtype=_text_types(), parse_dates=False)
    else:
        import duckdb  # noqa: PLC0415

        found = duckdb.read_parquet(str(path)).df()
    return _typed(found)


def lessons_of(found: "pandas.DataFrame") -> tuple[list[Shown], list[Deed]]:
    """The answers of a frame with their features, and what became of them."""
    shown: list[Shown] = []
    deeds: list[Deed] = []
    names = [f"f_{name}" for name in NAMES]
    placed = found[found["place"].notna()]
    for request, group in placed.groupby("request_id", sort=False):
        rows = group.sort_values("place")
        first = rows.iloc[0]
        x = np.ascontiguousarray(rows[names].to_numpy(np.float64))
        at, place = int(first["shown_at"].timestamp()), int(first["place"])
        shown.append(Shown(request, at, place, tuple(rows["measure_id"]), x, first["features_hash"]))
    for kind in KINDS:
        told = placed[placed[f"{kind}_at"].notna()]
        columns = zip(told["request_id"], told["measure_id"], told[f"{kind}_at"], strict=True)
        deeds += [Deed(request, measure, kind, int(at.timestamp())) for request, measure, at in columns]
    return shown, deeds


def lessons_in(folder: Path) -> tuple[list[Shown], list[Deed]]:
    """The answers of all exported files in a folder, each once. Raises FileNotFoundError without any."""
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(PARQUET + CSV))
    if not paths:
        raise FileNotFoundError(f"{folder}: no {', '.join(PARQUET + CSV)} from huiqi export --events")
    shown: dict[str, Shown] = {}
    deeds: dict[Deed, None] = {}
    for path in paths:
        some, told = lessons_of(read(path))
        shown |= {one.request: one for one in some}
        deeds |= dict.fromkeys(told)
    return list(shown.values()), list(deeds)


def _piece(some: Sequence[Answer]) -> "pandas.DataFrame":
    rows = [_rows(one) for one in some]
    blocks = [_features(one, len(mine)) for one, mine in zip(some, rows, strict=True)]
    features = np.concatenate([np.empty((0, len(NAMES))), *blocks])
    return _framed([row for mine in rows for row in mine], features)


def _rows(one: Answer) -> list[dict[str, Any]]:
    head = {"request_id": one.row["request_id"], "enterprise_id": one.row["enterprise_id"]}
    head |= {"shown_at": one.row["at"], **{name: one.row[name] for name in _OF_ANSWER}}
    told: dict[str, list[dict[str, Any]]] = {}
    for event in one.events:
        told.setdefault(event["measure_id"], []).append(event)
    measures, parts = one.row["measures"], one.row["parts"]
    rows = [
        {**head, "place": place, "measure_id": measure, "part": part, **_told(told.pop(measure, []))}
        for place, (measure, part) in enumerate(zip(measures, parts, strict=True), one.row["first"])
    ]
    return rows + [{**head, "measure_id": measure, **_told(events)} for measure, events in told.items()]


def _told(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """When each thing was first done, and the last reason; events are in order of time."""
    first: dict[str, Any] = {}
    for event in events:
        first.setdefault(f"{event['kind']}_at", event["at"])
        if event["reason"] is not None:
            first["reason"] = event["reason"]
    return first


def _alone(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    together: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for event in events:
        together.setdefault((event["request_id"], event["measure_id"]), []).append(event)
    return [
        {
            "request_id": request,
            "measure_id": measure,
            **_told(told),
        }
        for (request, measure), told in together.items()
    ]


def _features(one: Answer, count: int) -> Any:
    """float64 [count, features]: NaN where a row was not shown, or was computed by another table."""
    block = np.full((count, len(NAMES)), np.nan)
    if one.row["features_hash"] == table_hash():
        block[: len(one.row["measures"])] = one.row["features"]
    return block


def _framed(rows: Sequence[Mapping[str, Any]], features: Any) -> "pandas.DataFrame":
    import pandas  # noqa: PLC0415

    plain = [name for name in COLUMNS if not name.startswith("f_")]
    found = pandas.DataFrame({name: [row.get(name) for row in rows] for name in plain})
    values = pandas.DataFrame(features, columns=[f"f_{name}" for name in NAMES], index=found.index)
    return _typed(pandas.concat([found, values], axis=1))


def _typed(found: "pandas.DataFrame") -> "pandas.DataFrame":
    """The columns in their order and types, whatever file they come from."""
    import pandas  # noqa: PLC0415

    made: dict[str, Any] = {}
    for name in COLUMNS:
        column = found[name]
        if name in _AT:
            made[name] = pandas.to_datetime(column, utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        elif name.startswith("f_"):
            made[name] = column.astype("float64")
        else:
            made[name] = column.astype("Int64" if name in ("place", "catalogue") else "str")
    return pandas.DataFrame(made)


def _text_types() -> dict[str, str]:
    texts = (name for name in COLUMNS if name not in _AT and not name.startswith("f_"))
    return {name: "Int64" if name in ("place", "catalogue") else "str" for name in texts}
