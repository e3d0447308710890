"""Why an enterprise is told of a measure: the conditions that decide it, with the facts behind them.

Judges by policies.decisive; attestations that are still open are taken as the enterprise hopes.
"""

from typing import Any

from policies.decisive import decisive
from policies.documents import Measure
from policies.eligibility import judge
from policies.expressions import FactAt
from policies.facts import LANGUAGES
from policies.given import answer_key
from policies.known import Known
from policies.nodes import Attest, Leaf, Years, leaves_in_years, leaves_of
from policies.wording import condition_text


def why(measure: Measure, known: Known, part: str, written_on: str | None) -> list[dict[str, Any]]:
    """The decisive conditions in written order; facts without a day of their own are of `written_on`."""
    seen = known if part == "certain" else _hoping(measure, known)
    paths = set(decisive(measure.rule, seen, measure.id))
    turned = {leaf.path for leaf, under_not in leaves_of(measure.rule.root) if under_not}
    return [
        _told(leaf, years, measure, known, written_on, turned=leaf.path in turned)
        for leaf, years in leaves_in_years(measure.rule.root)
        if leaf.path in paths
    ]


def open_attests(measure: Measure, known: Known, part: str) -> list[str]:
    """What the enterprise has yet to confirm, as the measure words it."""
    if part != "checkable":
        return []
    told = {
        leaf.key: condition_text(leaf, known.registry, turned=turned)
        for leaf, turned in leaves_of(measure.rule.root)
        if isinstance(leaf, Attest)
    }
    return [told[key] for key, _ in judge(measure.rule, known, measure.id).attests]


def _hoping(measure: Measure, known: Known) -> Known:
    wanted = {
        answer_key(measure.id, leaf.key): not turned
        for leaf, turned in leaves_of(measure.rule.root)
        if isinstance(leaf, Attest) and known.answer(measure.id, leaf.key) is None
    }
    return known.supposing({}, wanted) if wanted else known


def _told(
    leaf: Leaf | Attest,
    years: Years | None,
    measure: Measure,
    known: Known,
    written_on: str | None,
    *,
    turned: bool,
) -> dict[str, Any]:
    """`text` says what is so for the enterprise: under an odd number of `not`, that the condition is not."""
    text = {lang: condition_text(leaf, known.registry, lang, years, turned=turned) for lang in LANGUAGES}
    if isinstance(leaf, Attest):
        answer = known.answer(measure.id, leaf.key)
        day = None if answer is None else written_on
        return {"path": leaf.path, "text": text, "fact": None, "value": answer, "source": None, "as_of": day}
    fact, year = next(iter(leaf.subject.facts()), (None, None))
    alone = fact is not None and years is None
    origin = (known.origin(fact, year) if alone and fact else None) or {}
    value = known.shown(fact, year) if alone and fact and isinstance(leaf.subject, FactAt) else None
    where = {"source": origin.get("source"), "as_of": origin.get("as_of") or written_on}
    return {"path": leaf.path, "text": text, "fact": fact, "value": value, **where}
