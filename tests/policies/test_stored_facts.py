"""A stored profile says what it said when it came."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policies.columns import said_by
from policies.demo import demo_enterprises
from policies.facts import china
from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.profiles import read_profile
from policies.stored_facts import StoredFacts
from tests.policies.rule_cases import TODAY, less_known, whole_facts


@st.composite
def sent(draw: st.DrawFn) -> Any:
    """Facts as somebody may send them, some with their source."""
    facts, _ = draw(less_known(draw(whole_facts), {}))
    return {name: draw(st.sampled_from([one, {"value": one, "source": "a"}])) for name, one in facts.items()}


def stored_and_said(profile: Any) -> tuple[Any, Any]:
    read = read_profile(profile, china(), today=TODAY)
    stored: Any = read_json(to_json(read.as_sent()).encode())
    return list(StoredFacts(china()).said(stored["facts"])), list(said_by(read))


@given(sent())
def test_what_was_stored_says_what_was_sent(facts: Any) -> None:
    stored, said = stored_and_said({"facts": facts})
    assert stored == said


def test_bare_values_of_facts_by_year_are_stored_under_their_year() -> None:
    stored, said = stored_and_said({"facts": {"employees": 18, "revenue": {"min": 5}, "in_operation": None}})
    assert stored == said
    assert [(fact, year) for fact, year, _ in stored] == [("employees", 2025), ("revenue", 2025)]


def test_the_demo_enterprises_say_what_they_were_made_to_say() -> None:
    for firm in demo_enterprises(china()):
        stored, said = stored_and_said({key: one for key, one in firm.items() if key != "id"})
        assert stored == said
