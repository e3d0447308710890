"""Code tables: their counts, what written codes mean, and which leaves lie below them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.china_codes import china_codes, rows
from policies.codes import CodeTree, Entry, Leaves, UnknownCode, Written

REGIONS = china_codes().regions
INDUSTRIES = china_codes().industries


def names_of(tree, codes):
    return {tree.name(code) for code in codes}


def test_regions_are_counted_by_level():
    counts = Counter(REGIONS.level(code) for code in REGIONS.in_force())
    assert counts == {0: 1, 1: 34, 2: 333, 3: 2846}


def test_retired_and_virtual_regions_are_counted():
    retired = rows("regions_retired.csv")
    assert Counter(row["code"].endswith("00") for row in retired) == {False: 3046, True: 191}
    assert sum(bool(row["successors"]) for row in retired) == 3051
    assert sum(" " in row["successors"] for row in retired) == 306
    assert sum(bool(row["lies_in"]) for row in retired) == 186
    assert len(rows("regions_virtual.csv")) == 299


def test_every_leaf_of_the_country_is_counted():
    assert len(REGIONS.everything()) == 2853
    assert REGIONS.leaves(["000000"]) == REGIONS.everything()


def test_industries_are_counted_by_level():
    counts = Counter(INDUSTRIES.level(code) for code in INDUSTRIES.in_force())
    assert counts == {1: 20, 2: 97, 3: 473, 4: 1381}


SECTIONS = {
    "A": (5, 24, 72), "B": (7, 19, 39), "C": (31, 179, 609), "D": (3, 9, 18), "E": (4, 18, 44),
    "F": (2, 18, 128), "G": (8, 27, 67), "H": (2, 10, 16), "I": (3, 17, 34), "J": (4, 26, 48),
    "K": (1, 5, 5), "L": (2, 12, 58), "M": (3, 19, 48), "N": (4, 18, 33), "O": (3, 16, 32),
    "P": (1, 6, 17), "Q": (2, 6, 30), "R": (5, 27, 48), "S": (6, 16, 34), "T": (1, 1, 1),
}  # fmt: skip


def test_industries_are_counted_by_section():
    counts = Counter((code[0], INDUSTRIES.level(code)) for code in INDUSTRIES.in_force())
    assert {s: (counts[s, 2], counts[s, 3], counts[s, 4]) for s in SECTIONS} == SECTIONS


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("330106", {"330106"}),
        ("330103", {"330105"}),  # 下城区 → 拱墅区
        ("330104", {"330102", "330114"}),  # 江干区 was divided
        ("371202", {"370116"}),
        ("371200", {"370000"}),  # 莱芜市 was abolished: the province is sure
        ("330101", {"330100"}),
        ("110100", {"110000"}),
        ("500200", {"500000"}),
        ("371201", {"370000"}),
        ("520501", {"520500"}),
        ("510200", {"500000"}),  # 重庆市 left Sichuan
        ("411219", {"411281"}),  # 义马市, whose next code belongs to 济源 today
        ("512301", {"500102"}),  # 涪陵市, whose next codes belong to 眉山 today
        ("419001", {"419001"}),
        ("000000", {"000000"}),
    ],
)
def test_a_written_region_means_codes_in_force(code, means):
    assert REGIONS.resolve(code) == means


@pytest.mark.parametrize("code", ["339999", "520900", "33010", "3301066", "", "浙江", "419000", "I65"])
def test_any_other_region_is_unknown(code):
    with pytest.raises(UnknownCode):
        REGIONS.resolve(code)


@pytest.mark.parametrize("code", ["371200", "371201", "510200", "622200"])
def test_a_rule_refuses_a_retired_region_that_nothing_took_over(code):
    with pytest.raises(UnknownCode):
        REGIONS.resolve_in_rule(code)


@pytest.mark.parametrize("code", ["330104", "330101", "330106", "000000"])
def test_a_rule_accepts_what_was_taken_over(code):
    assert REGIONS.resolve_in_rule(code) == REGIONS.resolve(code)


def test_every_retired_code_means_codes_in_force():
    in_force = set(REGIONS.in_force())
    for row in rows("regions_retired.csv"):
        assert REGIONS.resolve(row["code"]) <= in_force, row
        assert row["code"] not in in_force


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("I", "I"), ("65", "I65"), ("I65", "I65"), ("651", "I651"), ("I651", "I651"), ("6513", "I6513"),
     ("I6513", "I6513"), ("01", "A01"), ("3741", "C3741")],
)  # fmt: skip
def test_an_industry_may_be_spelled_with_or_without_its_letter(spelling, code):
    assert INDUSTRIES.resolve(spelling) == {code}


@pytest.mark.parametrize("spelling", ["J65", "X", "i65", "65139", "9", "I6", "", "I 65", "软件"])
def test_any_other_industry_is_unknown(spelling):
    with pytest.raises(UnknownCode):
        INDUSTRIES.resolve(spelling)


def test_a_county_lies_in_its_city_and_a_directly_governed_one_in_its_province():
    assert REGIONS.path("330106") == ("330000", "330100", "330106")
    assert REGIONS.path("419001") == ("410000", "419001")
    assert REGIONS.path("000000") == ("000000",)
    assert REGIONS.level("419001") == 3


def test_industries_have_a_path_from_the_section():
    assert INDUSTRIES.path("I6513") == ("I", "I65", "I651", "I6513")
    assert INDUSTRIES.name("I6513") == "应用软件开发"


def test_a_province_is_covered_by_all_its_children_and_by_no_fewer():
    province, children = REGIONS.leaves(["330000"]), REGIONS.children("330000")
    assert REGIONS.leaves(children).covers(province)
    assert not REGIONS.leaves(children[1:]).covers(province)
    assert REGIONS.leaves(children[1:]).meets(province)


def test_related_regions_contain_each_other():
    assert REGIONS.related("330000", "330106")
    assert REGIONS.related("330106", "000000")
    assert REGIONS.related("330106", "330106")
    assert not REGIONS.related("330106", "330105")


def test_a_search_finds_the_beginning_of_a_code_or_a_part_of_a_name_in_code_order():
    assert REGIONS.search("3301")[:2] == ["330100", "330102"]
    assert "330106" in REGIONS.search("西湖")
    assert INDUSTRIES.search("651") == INDUSTRIES.search("I651")
    assert INDUSTRIES.search("应用软件") == ["I6513"]
    assert INDUSTRIES.search("nothing like it") == []


def test_a_tree_can_be_that_of_another_country():
    entries = {"FR": Entry("France", None, 0), "75": Entry("Paris", "FR", 1), "69": Entry("Rhône", "FR", 1)}
    tree = CodeTree(entries, {"78X": Written(("75", "69"), exact=False)}, root="FR")
    assert tree.resolve("78X") == {"75", "69"}
    assert tree.leaves(["FR"]) == tree.everything()
    assert tree.path("75") == ("75",)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)).map(lambda s: (s[0], s[0] + s[1])))


@given(SPANS, SPANS)
def test_leaves_behave_like_sets(one, other):
    a, b = Leaves.of(one), Leaves.of(other)
    set_a, set_b = set(a), set(b)
    assert set_a == {i for start, end in one for i in range(start, end)}
    assert a.covers(b) == (set_b <= set_a)
    assert a.meets(b) == bool(set_a & set_b)
    assert set(a.union(b)) == set_a | set_b
    assert bool(a) == bool(set_a)
    assert len(a) == len(set_a)


def test_every_qualification_is_named_in_three_languages():
    for code, qualification in china_codes().qualifications.items():
        assert qualification.code == code
        assert all(qualification.names[language] for language in ("zh-Hans", "zh-Hant", "en"))


def test_the_core_qualifications_exist():
    core = {"high_tech", "tech_sme", "innovative_sme", "srdi", "srdi_giant", "gazelle", "unicorn"}
    assert core <= set(china_codes().qualifications)
