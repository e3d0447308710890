"""More of the like, and pairs that are nearly the same: across documents, at bounded cost."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import similar
from index.hybrid import HybridIndex
from index.passages import Entry
from index.text import terms
from tests.index.conftest import unit

GRANT = "研发费用后补助\n对企业研发投入按10%给予补助，最高不超过100万元，由科技部门审核。"
COPY = "研发费用后补助\n对企业研发投入按15%给予补助，最高不超过80万元，由科技部门审核。"
TEXTS = {
    "city-a.rd": GRANT,
    "city-b.rd": COPY,
    "city-a.rd-again": GRANT,
    "city-a.jobs": "失业保险稳岗返还\n不裁员少裁员的企业返还失业保险费。",
    "city-b.loan": "创业担保贷款贴息\n对小微企业的创业担保贷款给予贴息。",
}
ENTRIES = [Entry(name, text, (text,)) for name, text in TEXTS.items()]
NEAR = unit(1, 1, 32) * 0.02


def vectors() -> dict[str, np.ndarray]:
    """The grants near each other, all others apart, near a common direction as texts of a language are."""
    common, own = unit(100, 1, 32), {name: unit(n, 1, 32) for n, name in enumerate(TEXTS)}
    found = {
        name: common * 2 + (own["city-a.rd"] if ".rd" in name else vector) for name, vector in own.items()
    }
    found["city-b.rd"] = found["city-b.rd"] + NEAR
    return {name: (v / np.linalg.norm(v)).astype(np.float32) for name, v in found.items()}


WHOLE = HybridIndex.of(ENTRIES, vectors())


def test_the_likest_measures_come_first_and_itself_is_not_among_them() -> None:
    found = similar.similar(WHOLE, "city-a.rd")
    assert [name for name, _ in found[:2]] == ["city-a.rd-again", "city-b.rd"]
    assert found[0][1] == pytest.approx(1, abs=1e-5)
    assert "city-a.rd" not in dict(found)
    assert len(found) == len(TEXTS) - 1


def test_likeness_is_the_same_from_both_sides() -> None:
    by_name: Mapping[str, Mapping[str, float]] = {name: dict(similar.similar(WHOLE, name)) for name in TEXTS}
    for one in TEXTS:
        for other in set(TEXTS) - {one}:
            assert by_name[one][other] == pytest.approx(by_name[other][one], abs=1e-6)
            assert 0 <= by_name[one][other] <= 1 + 1e-6


def test_an_unknown_measure_is_like_nothing() -> None:
    assert similar.similar(WHOLE, "nobody.none") == []


def test_the_share_of_words_is_a_jaccard_weighed_by_rarity() -> None:
    sets = [set(terms(text)) for text in TEXTS.values()]
    idf = {
        term: np.log1p((len(sets) - seen + 0.5) / (seen + 0.5))
        for term in set().union(*sets)
        for seen in [sum(term in one for one in sets)]
    }
    mass = [
        sum(idf[term] for term in sets[0] & one) / sum(idf[term] for term in sets[0] | one) for one in sets
    ]
    assert np.allclose(WHOLE.postings.jaccard(0), mass)
    assert np.allclose(WHOLE.postings.jaccard(0, np.array([3, 1])), [mass[3], mass[1]])


def test_nearly_the_same_measures_of_different_documents_are_found_and_others_are_not() -> None:
    found = similar.nearly_same(WHOLE)
    assert {(pair.one, pair.other) for pair in found} == {
        ("city-a.rd", "city-b.rd"),
        ("city-b.rd", "city-a.rd-again"),
    }
    assert all(pair.meaning is not None and pair.meaning > 0.9 for pair in found)


def test_without_vectors_words_alone_decide() -> None:
    index = HybridIndex.of([*ENTRIES, Entry("city-c.rd", GRANT, (GRANT,))])
    pairs = {(pair.one, pair.other): pair for pair in similar.nearly_same(index)}
    assert pairs["city-a.rd", "city-c.rd"].similarity == pytest.approx(1)
    assert all(pair.meaning is None for pair in pairs.values())
    assert dict(similar.similar(index, "city-a.rd"))["city-c.rd"] == pytest.approx(1)


@settings(deadline=None, max_examples=25)
@given(st.sets(st.sampled_from(list(TEXTS)), min_size=1))
def test_a_delta_is_as_alike_as_an_index_built_whole(changed: set[str]) -> None:
    moved = [entry for entry in ENTRIES if entry.id in changed]
    kept = [entry for entry in ENTRIES if entry.id not in changed]
    base = HybridIndex.of(
        [*kept, Entry("gone.one", COPY, (COPY,))], {**vectors(), "gone.one": unit(3, 1, 32)}
    )
    delta = base.without(["gone.one"]).with_delta(moved, vectors())
    for name in TEXTS:
        one, other = dict(similar.similar(delta, name)), dict(similar.similar(WHOLE, name))
        assert one == pytest.approx(other, abs=1e-6)
    assert len(similar.nearly_same(delta)) == len(similar.nearly_same(WHOLE))


def test_a_copy_among_many_measures_is_found_whatever_they_share() -> None:
    alphabet = "研发费用补助企业贷款贴息认定奖励科技人才创新券厂房租金减免社保返还展会出口专利商标标准质量"
    chance = np.random.default_rng(2)
    texts = ["".join(chance.choice(list(alphabet), 120)) for _ in range(300)]
    texts[200] = texts[20][:100] + texts[200][100:]
    index = HybridIndex.of([Entry(f"d{n}.m", text, (text,)) for n, text in enumerate(texts)])
    assert [(pair.one, pair.other) for pair in similar.nearly_same(index)] == [("d20.m", "d200.m")]


def test_a_crowd_of_copies_is_tied_together_with_few_comparisons() -> None:
    index = HybridIndex.of([Entry(f"d{n}.m", GRANT, (GRANT,)) for n in range(150)])
    found = similar.nearly_same(index)
    assert {name for pair in found for name in (pair.one, pair.other)} == set(index.ids)
    assert len(found) <= 150 * similar._NEIGHBOURS
