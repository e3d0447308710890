"""The dictionary: all that is official is in it, each form has one meaning or declares several."""

import csv
import subprocess
import sys
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from index.lexicon import FOLDER, Row, built, lexicon, mentions, read_ambiguous, read_rows
from index.normal_form import normalise
from index.text import terms

ROWS, AMBIGUOUS = read_rows(FOLDER), read_ambiguous(FOLDER)
TABLES, CATALOGUE = Path(str(files("policies"))) / "tables", Path(str(files("policies"))) / "catalogue"
TOO_WIDE = [
    "企业",
    "公司",
    "办理",
    "材料",
    "申请人",
    "政策",
    "单位",
    "资金",
    "条件",
    "国家",
    "通知",
    "enterprise",
    "company",
    "policy",
]


def table(name: str) -> list[dict[str, str]]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def measures() -> list[tuple[str, str]]:
    paths = [path for path in CATALOGUE.glob("*.yaml") if not path.name.endswith(".cases.yaml")]
    read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    return [
        (f"{one['id']}.{measure['key']}", measure["title"]) for one in read for measure in one["measures"]
    ]


def concepts(text: str) -> set[str]:
    return {term for term in terms(text) if term.startswith("#")}


def test_every_form_has_one_meaning_or_declares_several() -> None:
    meanings = defaultdict(set)
    for row in ROWS:
        for form in row.forms:
            meanings[normalise(form)].add(row.concept)
    declared = {normalise(form): set(several) for form, several in AMBIGUOUS.items()}
    undeclared = {form: found for form, found in meanings.items() if not found <= declared.get(form, found)}
    several = {form for form, found in meanings.items() if len(found) > 1}
    assert undeclared == {}
    assert several <= declared.keys()


def test_what_is_declared_ambiguous_is_so_between_concepts_that_exist() -> None:
    known = {row.concept for row in ROWS}
    assert all(len(several) > 1 and set(several) <= known for several in AMBIGUOUS.values())


def test_a_second_meaning_that_nobody_declared_is_refused() -> None:
    rows = [Row("grant", ("补贴",), "ours", "a.tsv"), Row("loan", ("补贴",), "ours", "b.tsv")]
    with pytest.raises(ValueError, match=r"b\.tsv: 补贴 means loan and grant"):
        built(rows, {})
    assert built(rows, {"补贴": ("grant", "loan")}).concepts == {"补贴": ("grant", "loan")}


@pytest.mark.parametrize("row", table("qualifications.csv"), ids=lambda row: row["code"])
def test_every_qualification_is_one_concept_in_three_languages(row: dict[str, str]) -> None:
    found = concepts(row["zh-Hans"]) & concepts(row["zh-Hant"]) & concepts(row["en"])
    own = {f"#{one.concept}" for one in ROWS if one.source.startswith(f"{row['code']} ")}
    assert own
    assert own <= found


def test_every_measure_of_the_catalogue_is_found_by_its_name() -> None:
    own = {row.source: f"#{row.concept}" for row in ROWS if row.file == "measures.tsv"}
    assert {name for name, title in measures() if own.get(name) not in concepts(title)} == set()


def test_industries_have_the_names_of_the_table() -> None:
    names = {row["code"]: row["name"] for row in table("industries.csv")}
    rows = [row for row in ROWS if row.file == "industries.tsv"]
    assert {row.source.split()[-1]: row.forms[0] for row in rows}.items() <= names.items()


def test_places_have_the_names_of_the_table() -> None:
    names = {row["code"]: row["name"] for row in table("regions.csv")} | {"110108": "中关村"}
    rows = [row for row in ROWS if row.file == "places.tsv"]
    assert {row.source.split()[-1]: row.forms[0] for row in rows}.items() <= names.items()
    assert concepts("杭州企业") == concepts("companies in Hangzhou") != concepts("companies in Ningbo")


def test_the_place_of_one_measure_is_no_part_of_what_it_is() -> None:
    assert "#municipal-high-tech-enterprise" in concepts("杭州市级高新技术企业")
    assert "#place-hangzhou" not in concepts("市级高企")


def test_every_row_says_where_it_comes_from() -> None:
    assert [row for row in ROWS if not row.source.strip() or not row.concept.replace("-", "").isalnum()] == []


def test_no_form_is_a_single_letter_or_a_word_for_everything() -> None:
    forms = {normalise(form) for row in ROWS for form in row.forms}
    assert {form for form in forms if len(form) < 2} == set()
    assert forms & set(map(normalise, TOO_WIDE)) == set()


def test_a_form_brings_few_concepts() -> None:
    assert max(len(found) for found in lexicon().concepts.values()) <= 8


def test_every_form_is_found_as_what_it_means() -> None:
    lost = {
        form
        for row in ROWS
        for form in row.forms
        if f"#{row.concept}" not in concepts(f"（{form}）") and form not in AMBIGUOUS
    }
    assert lost == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高企", "高新技術企業"),
        ("小巨人", "专精特新“小巨人”企业"),
        ("super deduction", "加计扣除"),
        ("R&D", "研究开发"),
        ("小升规", "升规入统"),
        ("首台套", "首台（套）"),
        ("軟體公司", "软件和信息技术服务业"),
        ("稳岗", "失业保险稳岗返还"),
        ("智慧財產權", "知识产权"),
        ("SMEs", "中小企业"),
        ("五金厂", "金属制品业"),
        ("六稅兩費", "6税2费"),
    ],
)
def test_two_names_of_one_thing_meet(one: str, other: str) -> None:
    assert concepts(one) & concepts(other)


def test_the_longest_form_wins_and_brings_what_its_official_term_contains() -> None:
    assert concepts("高企认定") > {"#high-tech-recognition", "#high-tech-enterprise", "#recognition"}
    assert concepts("高企") < concepts("高企认定")
    assert "#high-tech-enterprise" not in concepts("高新区")


@pytest.mark.parametrize("text", ["private", "ipod", "airship", "evolution"])
def test_a_word_of_letters_is_not_found_inside_another(text: str) -> None:
    assert list(mentions(text)) == []


def test_a_mention_says_where_it_stands() -> None:
    assert [(found.begin, found.end) for found in mentions(normalise("申请高企和贴息"))] == [(0, 4), (5, 7)]


def test_nothing_is_read_before_the_first_text() -> None:
    code = "import index.text, index.lexicon as l, index.scripts as s; print(l.lexicon.cache_info().misses, "
    code += "s._tables.cache_info().misses)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]
