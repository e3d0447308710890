"""Claims about registries other than China's: nothing in reading a rule goes round the one handed in."""

from dataclasses import replace

from policies.facts import Fact, Registry, china
from policies.faults import Fault
from policies.reading import Bad
from policies.rules import read_rule


def _with_goals() -> Registry:
    label = {"en": "Goals"}
    goals = Fact("goals", "set", label, label, "public", values=("less rain", "more sun"))
    return replace(china(), facts={**china().facts, "goals": goals})


def test_a_set_has_the_words_of_its_own_fact() -> None:
    faults: list[Fault] = []
    rule = read_rule({"field": "goals", "has_any": ["more sun"]}, _with_goals(), "", faults)
    assert not isinstance(rule, Bad)
    assert not faults


def test_a_word_of_another_set_is_unknown() -> None:
    faults: list[Fault] = []
    read_rule({"field": "goals", "has_any": ["high_tech"]}, _with_goals(), "", faults)
    assert [(fault.pointer, fault.code) for fault in faults] == [("/has_any/0", "unknown_code")]
