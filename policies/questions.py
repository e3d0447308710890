"""What to ask for next: the few facts and attestations whose answer is worth most.

Never one whose answer can move no measure; constants are written here and tuned on nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.answers import answers_to, cells_of, learning
from policies.demands import inputs_of
from policies.eligibility import PARTS, part_of, to_learn
from policies.given import answer_key
from policies.known import Known
from policies.mask import Bench, Marks, RuleBook
from policies.nodes import Attest, Leaf, judged_leaves_of
from policies.operators import verdict_of
from policies.windows import STATES

MOST_QUESTIONS = 5
MOST_WEIGHED = 12  # facts, and attestations, that are looked at more closely where no answer decides alone
MOST_TRIED = 3  # measures in which an answer that decides is looked for
MOST_IDLE = 5  # answers in a row that move no further measure, after which no more are tried
MOST_OF_ONE, MOST_TOGETHER = 6, 200  # answers to one, and to several facts at once
TEN_THOUSAND = 10_000.0
SOON: Mapping[str, float] = {"open": 1.0, "rolling": 1.0, "unstated": 0.75, "upcoming": 0.5}
LATER = 0.25

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
_CHECKABLE, _UNDECIDED = PARTS.index("checkable"), PARTS.index("undecided")


@dataclass(frozen=True)
class Question:
    """A fact or an attestation, what its answer is worth, and how many measures it can move."""

    kind: str
    name: str
    text: str
    worth: float
    unlocks: int

    def plain(self) -> dict[str, Any]:
        """The question as it is answered."""
        return {self.kind: self.name, "text": self.text, "unlocks": self.unlocks}


def worth_of(states: NDArray[np.int8], largest: Floats) -> Floats:
    """What deciding measures is worth, [measures]: by state (index into STATES) and yuan (NaN unknown).

    One, and one more for each tenfold of 10,000 yuan; less where it is not open yet.
    """
    soon = np.array([SOON.get(state, LATER) for state in STATES])
    amount = 1.0 + np.log10(1.0 + np.nan_to_num(largest, nan=0.0) / TEN_THOUSAND)
    return np.asarray(soon[states] * amount, np.float64)


def next_questions(
    book: RuleBook, marks: Marks, listed: Bools, worth: Floats | None = None, lang: str = "zh-Hans"
) -> list[dict[str, Any]]:
    """At most five, the most worth first; `listed` and `worth` are [rules], `marks` are of the same book.

    A measure gives each answer that it waits for an equal share of its worth. Asked is what can move a
    measure by itself, to another part; only where nothing can, what can do so together with other answers.
    `unlocks` is how many listed measures the answer can move by itself (there: how many wait for it).
    """
    asked = _Open(book, marks, listed, np.ones(len(listed)) if worth is None else worth, lang)
    found = list(islice(asked.moving(), MOST_QUESTIONS))
    return [one.plain() for one in found or asked.waited_for()[:MOST_QUESTIONS]]


@dataclass(frozen=True)
class _Open:
    """What the undecided and checkable ones among the listed rules wait for."""

    book: RuleBook
    marks: Marks
    listed: Bools
    worth: Floats
    lang: str

    @cached_property
    def names(self) -> Sequence[str]:
        return self.marks.known.registry.given

    @cached_property
    def undecided(self) -> Bools:
        undecided: Bools = self.listed & (self.marks.parts == _UNDECIDED)
        return undecided

    @cached_property
    def open(self) -> Bools:
        waiting: Bools = self.undecided | (self.listed & (self.marks.parts == _CHECKABLE))
        return waiting

    @cached_property
    def moves(self) -> Bools:
        """bool [2, leaf slots]: leaves that move their rule alone, when met and when not met."""
        return self.marks.moving(self.open)

    @cached_property
    def matters(self) -> Bools:
        """bool [leaf slots]: leaves that can change their rule with the help of others."""
        return self.marks.relevant(self.open)

    @cached_property
    def needs(self) -> Bools:
        """bool [sources, facts]: which facts narrow what leaves look at."""
        return self.book.sources.to_learn(self.marks.known, self.names)

    @cached_property
    def pairs(self) -> tuple[Places, Places]:
        """Slots of leaves that matter in undecided rules, each with every fact that it waits for."""
        layout, needs = self.marks.layout, self.needs
        slots = np.flatnonzero(self.matters & ~layout.is_attest & self.undecided[layout.owners])
        rows, facts = np.nonzero(needs)
        counts, starts = needs.sum(axis=1), np.searchsorted(rows, np.arange(len(needs)))
        source = self.book.sources.of[layout.columns[slots]]
        many = counts[source]
        within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        return np.repeat(slots, many), facts[np.repeat(starts[source], many) + within]

    @cached_property
    def waits(self) -> Bools:
        """bool [rules, facts]: which facts each undecided rule waits for."""
        return self._by_rule(*self.pairs)

    def _by_rule(self, slots: Places, facts: Places) -> Bools:
        found = np.zeros((len(self.listed), len(self.names)), dtype=np.bool_)
        found[self.marks.layout.owners[slots], facts] = True
        return found

    @cached_property
    def said(self) -> Places:
        """A slot of each attestation that matters: the first in which it moves its rule, else the first."""
        layout = self.marks.layout
        slots = np.flatnonzero(self.matters & layout.is_attest)
        slots = slots[np.argsort(~self.moves[:, slots].any(axis=0), kind="stable")]
        _, first = np.unique(layout.columns[slots], return_index=True)
        return np.sort(slots[first])

    @cached_property
    def share(self) -> Floats:
        """What one answer is worth in each rule."""
        said = np.bincount(self.marks.layout.owners[self.said], minlength=len(self.listed))
        return np.asarray(self.worth / np.maximum(1, self.waits.sum(axis=1) + said), np.float64)

    @cached_property
    def worth_of_facts(self) -> Floats:
        """[facts]: the shares of all rules that wait for each."""
        return np.asarray(self.share @ self.waits, np.float64)

    @cached_property
    def settled(self) -> Bools:
        """bool [pairs]: plain leaves, which their fact alone meets by some answer and does not by another."""
        sources = self.book.sources
        given = np.array([one in self.names for one in sources.single], dtype=np.bool_)
        columns = self.marks.layout.columns[self.pairs[0]]
        settled: Bools = sources.plain[columns] & given[sources.of[columns]]
        return settled

    def moving(self) -> Iterator[Question]:
        """Questions that an answer to which moves a measure by itself, the most worth first."""
        slots, facts = self.pairs
        moving = self.moves[:, slots].any(axis=0)
        plainly = self._by_rule(slots[self.settled & moving], facts[self.settled & moving])
        waiting = [self._fact(int(i), 0) for i in np.flatnonzero(self.worth_of_facts)]
        spoken = self.said[self.moves[:, self.said].any(axis=0)]
        for question in _in_order([*waiting, *self._attests(spoken)]):
            if question.kind == "attest":
                yield question
                continue
            i = self.names.index(question.name)
            others = slots[(facts == i) & moving & ~self.settled]
            others = others[~plainly[self.marks.layout.owners[others], i]]
            unlocks = int((plainly[:, i] | self._moved(i, others)).sum())
            if unlocks:
                yield self._fact(i, unlocks)

    def _moved(self, i: int, slots: Places) -> Bools:
        """bool [rules]: rules that some answer to a fact moves through leaves that look at more than it."""
        layout, known = self.marks.layout, self.marks.known
        columns, place = np.unique(layout.columns[slots], return_inverse=True)
        leaves = [leaf for column in columns if isinstance(leaf := layout.distinct[column], Leaf)]
        cells, bench = cells_of(leaves, known.registry), Bench(leaves)
        moves, moved, idle = self.moves[:, slots], np.zeros(len(slots), dtype=np.bool_), 0
        for answer in answers_to(self.names[i], leaves, known) if leaves else ():
            learnt = learning(known, {self.names[i]: answer}, cells)
            signs = bench.signs(learnt)[place]
            more = ((signs == 1) & moves[0]) | ((signs == -1) & moves[1])
            idle = 0 if (more & ~moved).any() else idle + 1
            moved |= more
            if moved.all() or idle == MOST_IDLE:
                break
        found = np.zeros(len(self.listed), dtype=np.bool_)
        found[layout.owners[slots[moved]]] = True
        return found

    def _fact(self, i: int, unlocks: int) -> Question:
        fact = self.marks.known.registry.facts[self.names[i]]
        return Question("fact", fact.name, fact.question[self.lang], float(self.worth_of_facts[i]), unlocks)

    def _attests(self, slots: Places) -> list[Question]:
        """Those of most worth, as many as can be asked; of equal ones the first in the catalogue."""
        layout = self.marks.layout
        worth = self.share[layout.owners[slots]]
        found = []
        for place in np.argsort(-worth, kind="stable")[:MOST_WEIGHED].tolist():
            attest, owner = layout.distinct[layout.columns[slots[place]]], layout.owners[slots[place]]
            if isinstance(attest, Attest):
                key = answer_key(layout.measure_ids[owner], attest.key)
                found.append(Question("attest", key, attest.text, float(worth[place]), 1))
        return found

    def waited_for(self) -> list[Question]:
        """What moves no measure through one condition: what does so through several, else with others."""
        facts = [self._fact(int(i), int(self.waits[:, i].sum())) for i in np.flatnonzero(self.worth_of_facts)]
        weighed = _in_order([*facts, *self._attests(self.said)])[:MOST_WEIGHED]
        alone = [one for one in weighed if self._tried(one)]
        return alone or [one for one in weighed if one.kind == "attest" or self._helps(one.name)]

    def _rules_of(self, name: str) -> Iterator[tuple[str, Any]]:
        places = np.flatnonzero(self.waits[:, self.names.index(name)])
        return (self.book.rules[place] for place in places[:MOST_TRIED].tolist())

    def _tried(self, question: Question) -> bool:
        """Whether some answer moves one of the first measures that wait for it."""
        known = self.marks.known
        if question.kind == "attest":
            measure_id = question.name.partition("#")[0]
            rules: Iterator[tuple[str, Any]] = (self.book.rules[i] for i, one in
                enumerate(self.marks.layout.measure_ids) if one == measure_id)  # fmt: skip
            return any(_moves(rule, name, known, known.supposing({}, {question.name: yes}))
                       for name, rule in rules for yes in (True, False))  # fmt: skip
        for name, rule in self._rules_of(question.name):
            leaves = _leaves(rule)
            cells = cells_of(leaves, known.registry)
            for answer in answers_to(question.name, leaves, known):
                if _moves(rule, name, known, learning(known, {question.name: answer}, cells)):
                    return True
        return False

    def _helps(self, name: str) -> bool:
        """Whether a condition of the first measures that wait for a fact can be settled with it at all."""
        known = self.marks.known
        return any(
            _settles(leaf, known)
            for _, rule in self._rules_of(name)
            for leaf in _leaves(rule)
            if verdict_of(leaf, known) is None and name in to_learn(leaf, known)
        )


def _in_order(questions: Sequence[Question]) -> list[Question]:
    """The most worth first; equal ones as they come, facts as registered before attestations."""
    return sorted(questions, key=lambda one: -round(one.worth, 9))


def _leaves(rule: Any) -> list[Leaf]:
    return [leaf for leaf in judged_leaves_of(rule.root) if isinstance(leaf, Leaf)]


def _moves(rule: Any, name: str, before: Known, after: Known) -> bool:
    return part_of(rule, before, name) != part_of(rule, after, name)


def _settles(leaf: Leaf, known: Known) -> bool:
    """Whether answers to all that a leaf waits for decide it."""
    names, cells = to_learn(leaf, known), inputs_of(leaf, known.registry)
    answers = [islice(answers_to(name, [leaf], known), MOST_OF_ONE) for name in names]
    tried = islice(product(*answers), MOST_TOGETHER)
    return any(verdict_of(leaf, learning(known, dict(zip(names, one, strict=True)), cells)) is not None
               for one in tried)  # fmt: skip
