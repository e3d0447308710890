"""Claims about the benchmark of questions: whole firms, the same for every order, shares that grow."""

import pytest

from benchmarks.questions import ORDERS, SEEDS, STEPS, figures, listed_today, table, whole_firms
from policies.facts import china


@pytest.mark.slow
def test_every_order_is_measured_and_what_is_known_only_grows() -> None:
    found = figures(SEEDS[:1], most=3)
    assert found["firms"] == 3
    for parts in ("certain", "checkable"):
        assert set(found[parts]) == set(ORDERS)
        for shares in found[parts].values():
            known = [shares[str(step)] for step in (0, *STEPS)]
            assert known == sorted(known)
            assert 0 <= known[0] <= known[-1] <= 1
    assert all(name in table(found) for name in ORDERS)


def test_a_simulated_firm_can_answer_every_question() -> None:
    catalogue = listed_today(china())
    firm = whole_firms(china(), catalogue, SEEDS[0])[0]
    assert set(firm.facts) == set(china().given)
    assert set(firm.answers) == set(catalogue.attests)


def test_firms_of_one_seed_are_the_same_each_time() -> None:
    catalogue = listed_today(china())
    first, again = (whole_firms(china(), catalogue, SEEDS[1])[:5] for _ in range(2))
    assert first == again
