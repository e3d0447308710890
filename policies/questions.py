"""What to ask for next: the few facts and attestations whose answer is worth most.

Never one whose answer can change no verdict; where no answer decides anything alone, what most wait for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.answers import answers_to
from policies.eligibility import PARTS, part_of, to_learn
from policies.given import answer_key
from policies.known import Known
from policies.mask import Marks, RuleBook
from policies.nodes import Attest, Leaf, judged_leaves_of

MOST_QUESTIONS = 5
MOST_WEIGHED = 8  # facts and attestations that are weighed exactly
MOST_TRIED = 3  # measures in which an answer that decides is looked for
TEN_THOUSAND = 10_000.0

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
_CHECKABLE, _UNDECIDED = PARTS.index("checkable"), PARTS.index("undecided")


@dataclass(frozen=True)
class Question:
    """A fact or an attestation, how many measures its answer can decide, and what that is worth."""

    kind: str
    name: str
    text: str
    unlocks: int
    worth: float

    def plain(self) -> dict[str, Any]:
        """The question as it is answered."""
        return {self.kind: self.name, "text": self.text, "unlocks": self.unlocks}


def weights(largest: Floats) -> Floats:
    """What deciding measures is worth, from their largest amounts in yuan (NaN where not known).

    One for each, and about one more for each tenfold of 10,000 yuan.
    """
    return np.asarray(1.0 + np.log10(1.0 + np.nan_to_num(largest, nan=0.0) / TEN_THOUSAND), np.float64)


def next_questions(
    book: RuleBook, marks: Marks, listed: Bools, worth: Floats | None = None, lang: str = "zh-Hans"
) -> list[dict[str, Any]]:
    """At most five questions, the most worth first. `listed` and `worth` are by rule, [rules]."""
    equal = np.ones(len(listed))
    asked = _Open(book, marks, listed, equal if worth is None else worth, lang)
    found = _first(asked.proven(one, rules) for one, rules in asked.deciding())
    return [one.plain() for one in found or _in_order(asked.waited_for())[:MOST_QUESTIONS]]


def _first(questions: Iterator[Question | None]) -> list[Question]:
    found: list[Question] = []
    for question in questions:
        if question is not None:
            found.append(question)
        if len(found) == MOST_QUESTIONS:
            break
    return found


def _in_order(questions: Iterable[Question]) -> list[Question]:
    """The most worth first; of equal ones facts as registered before attestations by name (as they come)."""
    return sorted(questions, key=lambda one: -round(one.worth, 9))


@dataclass(frozen=True)
class _Open:
    """What the undecided and checkable ones among the listed rules wait for."""

    book: RuleBook
    marks: Marks
    listed: Bools
    worth: Floats
    lang: str

    @cached_property
    def names(self) -> list[str]:
        return list(self.marks.known.registry.given)

    @cached_property
    def undecided(self) -> Bools:
        undecided: Bools = self.listed & (self.marks.parts == _UNDECIDED)
        return undecided

    @cached_property
    def relevant(self) -> Bools:
        """bool [leaf slots]: leaves that can still change their rule."""
        return self.marks.relevant(self.undecided | (self.listed & (self.marks.parts == _CHECKABLE)))

    @cached_property
    def slots(self) -> Places:
        """The leaves over facts among them, of undecided rules."""
        layout = self.marks.layout
        return np.flatnonzero(self.relevant & ~layout.is_attest & self.undecided[layout.owners])

    @cached_property
    def needs(self) -> Bools:
        """bool [slots, facts]: which facts would narrow each leaf."""
        known, distinct = self.marks.known, self.marks.layout.distinct
        column_of = {name: i for i, name in enumerate(self.names)}
        columns, inverse = np.unique(self.marks.layout.columns[self.slots], return_inverse=True)
        needs = np.zeros((len(columns), len(self.names)), dtype=np.bool_)
        for row, column in enumerate(columns):
            leaf = distinct[column]
            if isinstance(leaf, Leaf):
                needs[row, [column_of[name] for name in to_learn(leaf, known)]] = True
        found: Bools = needs[inverse]
        return found

    @cached_property
    def waits(self) -> Bools:
        """bool [rules, facts]: which facts each rule waits for."""
        waits = np.zeros((len(self.listed), len(self.names)), dtype=np.bool_)
        owners = self.marks.layout.owners[self.slots]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        if len(starts):
            waits[owners[starts]] = np.logical_or.reduceat(self.needs, starts, axis=0)
        return waits

    @cached_property
    def attests(self) -> dict[str, tuple[int, Attest]]:
        """Attestations that are waited for, by the keys of their answers, with their rules."""
        layout = self.marks.layout
        slots = np.flatnonzero(self.relevant & layout.is_attest)
        slots = slots[np.argsort(-self.share[layout.owners[slots]], kind="stable")]
        found: dict[str, tuple[int, Attest]] = {}
        for column, rule in zip(layout.columns[slots].tolist(), layout.owners[slots].tolist(), strict=True):
            attest = layout.distinct[column]
            if isinstance(attest, Attest):
                found.setdefault(answer_key(layout.measure_ids[rule], attest.key), (rule, attest))
            if len(found) == 4 * MOST_WEIGHED:
                break
        return dict(sorted(found.items()))

    @cached_property
    def share(self) -> Floats:
        """What one answer is worth in each rule: more, the fewer answers it waits for (by their square)."""
        layout = self.marks.layout
        slots = np.flatnonzero(self.relevant & layout.is_attest)
        said = np.bincount(layout.owners[slots], minlength=len(self.listed))
        waits = np.maximum(1, self.waits.sum(axis=1) + said)
        return np.asarray(self.worth / waits**2, np.float64)

    def waited_for(self) -> Iterator[Question]:
        """Every fact and attestation that is waited for, decide it alone or not."""
        for i, worth in enumerate((self.share @ self.waits).tolist()):
            if worth:
                yield self._fact(i, int(self.waits[:, i].sum()), worth)
        for key, (rule, attest) in self.attests.items():
            yield Question("attest", key, attest.text, 1, float(self.share[rule]))

    def deciding(self) -> Iterator[tuple[Question, list[int]]]:
        """Questions whose answer by itself seems to decide rules, and some of those rules."""
        facts = np.argsort(-(self.share @ self.waits), kind="stable")[:MOST_WEIGHED]
        decided = self._decided(facts)
        ways: dict[str, list[int]] = {}
        questions = []
        for i, rules in sorted(zip(facts.tolist(), decided, strict=True)):
            if rules.any():
                questions.append(self._fact(i, int(rules.sum()), float(self.share @ rules)))
                ways[questions[-1].name] = np.flatnonzero(rules)[:MOST_TRIED].tolist()
        for key, (rule, attest) in self.attests.items():
            questions.append(Question("attest", key, attest.text, 1, float(self.share[rule])))
            ways[key] = [rule]
        return ((one, ways[one.name]) for one in _in_order(questions))

    def _fact(self, i: int, unlocks: int, worth: float) -> Question:
        fact = self.marks.known.registry.facts[self.names[i]]
        return Question("fact", fact.name, fact.question[self.lang], unlocks, worth)

    def _decided(self, facts: Places) -> Bools:
        """bool [facts, rules]: rules decided once all leaves that a fact settles speak for, or against."""
        layout, now = self.marks.layout, self.marks.leaves
        settles = self.needs & (self._words() | (self.needs.sum(axis=1) == 1))[:, None]
        ways = np.repeat(now[None, :], 2 * len(facts), axis=0)
        for row, fact in enumerate(facts):
            own = self.slots[settles[:, fact]]
            ways[2 * row, own], ways[2 * row + 1, own] = layout.turns[own], -layout.turns[own]
        decided = self.marks.decided_by(ways)
        return (decided[::2] | decided[1::2]) & self.undecided

    def _words(self) -> Bools:
        """bool [slots]: leaves over words: one of several facts may settle them (size by head-count)."""
        distinct, columns = self.marks.layout.distinct, self.marks.layout.columns[self.slots]
        words = [isinstance(leaf, Leaf) and leaf.operator in ("in", "is") for leaf in distinct]
        return np.array(words, dtype=np.bool_)[columns]

    def proven(self, question: Question, rules: list[int]) -> Question | None:
        """The question, when some answer to it decides one of these rules."""
        known = self.marks.known
        for place in rules:
            name, rule = self.book.rules[place]
            answered: Iterable[Known]
            if question.kind == "attest":
                answered = (known.saying(question.name, yes) for yes in (True, False))
            else:
                leaves = [leaf for leaf in judged_leaves_of(rule.root) if isinstance(leaf, Leaf)]
                tried = answers_to(question.name, leaves, known)
                answered = (known.answering(question.name, answer) for answer in tried)
            if any(PARTS.index(part_of(rule, one, name)) not in (_CHECKABLE, _UNDECIDED) for one in answered):
                return question
        return None
