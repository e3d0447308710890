"""Claims about the French benchmark on an invented sample: conversion, failed groups, what is counted."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.eligibility import CHOICES, FACTS, ROOT, figures, load, main, table
from benchmarks.french_registry import french_registry, naf_tree
from benchmarks.publicodes import Names, Unreadable, compared_with, converted

NAF = """naf5,naf4,naf3,naf2,section,label_fr,tags
90.11Z,90.11,90.1,90,X,Tressage de nuages,
90.12Z,90.12,90.1,90,X,Tri de nuages,
91.10Z,91.10,91.1,91,Y,Pêche aux étoiles,
"""
SECTOR, GOAL = "entreprise . est dans un secteur d'activité ciblé", "entreprise . a un objectif ciblé"
ELIGIBLE, ZONE = "entreprise . est éligible", "entreprise . est dans une zone géographique éligible"
STAFF, LEGAL = "entreprise . a un effectif éligible", "entreprise . a une categorie legale eligible"


def all_of(*conditions: str) -> dict[str, Any]:
    return {"toutes ces conditions": list(conditions)}


def one_of(*conditions: str) -> dict[str, Any]:
    return {"une de ces conditions": list(conditions)}


def targeted(*sections: str) -> dict[str, Any]:
    return {
        SECTOR: one_of(*(f"code NAF niveau 1 . est {section}" for section in sections)),
        GOAL: one_of("questionnaire . objectif prioritaire . est moins de pluie"),
    }


def programme(name: str, rules: dict[str, Any], days: tuple[str | None, str | None], **fields: Any) -> Any:
    plain = {
        "min_employees": None,
        "max_employees": None,
        "regions": None,
        "exclude_microentrepreneur": False,
    }
    eligibility = {**plain, "naf_sections": ["X"], "objectives": ["rain"], **fields}
    dates = {"valid_from": days[0], "valid_to": days[1]}
    return {"id": name, "publicodes": rules, "eligibility": eligibility, **dates}


def programmes() -> list[Any]:
    three = ("est éligible", "est dans un secteur d'activité ciblé", "a un objectif ciblé")
    days = all_of(
        "dispositif . début de validité <= date du jour", "date du jour <= dispositif . fin de validité"
    )
    full = {
        ROOT: all_of(*three),
        ELIGIBLE: {
            "applicable si": days,
            **all_of("a un effectif éligible", "a une categorie legale eligible", ZONE),
        },
        STAFF: all_of("effectif >= 10", "effectif <= 49"),
        LEGAL: all_of("microentrepreneur = non"),
        ZONE: one_of("région = Basse-Lune", "région = Haute-Lune"),
        **targeted("X"),
    }
    ending = {"applicable si": all_of("date du jour <= dispositif . fin de validité"), "valeur": "oui"}
    dated = {ROOT: all_of(*three), ELIGIBLE: ending, **targeted("X", "Y")}
    bounds = {"min_employees": 10, "max_employees": 49, "regions": ["Basse-Lune", "Haute-Lune"]}
    return [
        programme("open", {ROOT: all_of(*three[1:]), **targeted("X")}, (None, None)),
        programme("dated", dated, (None, "2030-05-31"), naf_sections=["X", "Y"]),
        programme("full", full, ("2030-05-01", "2030-05-31"), exclude_microentrepreneur=True, **bounds),
    ]


def line(day: str, failed: dict[str, list[str]], **company: Any) -> Any:
    usual = {"id": "c", "region": "Haute-Lune", "naf_code": "90.12Z", "naf_section": "X", "employees": 49}
    goals = {"microentrepreneur": False, "objectives": ["rain"], "objectives_fr": ["moins de pluie"]}
    eligible = [name for name in ("open", "dated", "full") if name not in failed]
    return {
        "company": usual | goals | company,
        "date": day,
        "eligible": eligible,
        "not_eligible": failed,
    }


def golden() -> list[Any]:
    elsewhere = {"naf_code": "91.10Z", "naf_section": "Y", "region": "Mer", "objectives": ["sun"]}
    everything = ["headcount", "legal", "sector", "objective", "region", "date"]
    failed = {"open": ["sector", "objective"], "dated": ["objective", "date"], "full": everything}
    far = {"employees": 9, "microentrepreneur": True, "objectives_fr": ["plus de soleil"]}
    return [
        line("2030-05-31", {}),
        line("2030-04-30", {"full": ["headcount", "date"]}, employees=50),
        line("2030-06-01", failed, **elsewhere, **far),
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "naf.csv").write_text(NAF, encoding="utf-8")
    (tmp_path / "programs.jsonl").write_text("\n".join(map(json.dumps, programmes())), encoding="utf-8")
    write(tmp_path, golden())
    return tmp_path


def write(folder: Path, lines: list[Any]) -> None:
    (folder / "verdicts.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))


def test_an_invented_sample_comes_out_without_a_difference(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "--json"])
    expected = {"pairs": 9, "mismatches": 0, "reason_mismatches": 0, "programmes_whole": 3}
    assert json.loads(capsys.readouterr().out) == expected


def test_a_false_reason_is_counted_and_ends_with_1(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = golden()
    lines[1]["not_eligible"]["full"] = ["date"]
    write(data, lines)
    with pytest.raises(SystemExit, match="1"):
        main(["--data", str(data), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["mismatches"], found["reason_mismatches"], found["programmes_whole"]) == (0, 1, 2)


def test_a_false_verdict_is_counted_once_for_both_ways_of_judging(data: Path) -> None:
    write(data, [line("2030-05-31", {"open": ["sector"]})])
    found = figures(load(data))
    assert (found["mismatches"], found["reason_mismatches"], found["programmes_whole"]) == (1, 1, 2)


def test_a_sample_without_a_verdict_for_each_programme_is_refused(data: Path) -> None:
    lines = golden()
    lines[0]["eligible"].pop()
    write(data, lines)
    with pytest.raises(ValueError, match="not one golden verdict"):
        load(data)


def test_the_table_names_the_peer_and_its_differences(data: Path) -> None:
    case = load(data)
    told = table(case, figures(case))
    assert "plain Python, by hand" in told
    assert "3 companies x 3 programmes = 9 pairs" in told


@pytest.fixture
def names(data: Path) -> Names:
    registry = french_registry(data / "naf.csv", ["Haute-Lune"], ["moins de pluie"])
    return Names(registry, FACTS, CHOICES, {"dispositif . fin de validité": None})


@pytest.mark.parametrize(
    "condition",
    [
        "effectif <= beaucoup",
        "effectif + 1 >= 2",
        "effectif != 3",
        "chiffre d'affaires >= 3",
        "microentrepreneur = peut-être",
        "date du jour <= dispositif . fin de validité",
        "date du jour = dispositif . fin de validité",
        "région < Haute-Lune",
        "code APE . est X",
        "est sympathique",
        {"variations": []},
        {"toutes ces conditions": []},
        {"toutes ces conditions": ["effectif >= 1"], "une de ces conditions": ["effectif >= 1"]},
        None,
        ROOT,
    ],
)
def test_what_the_converter_does_not_know_is_refused(names: Names, condition: Any) -> None:
    with pytest.raises(Unreadable):
        converted({ROOT: {"toutes ces conditions": [condition]}}, ROOT, names)


def test_a_rule_that_nothing_refers_to_is_refused(names: Names) -> None:
    with pytest.raises(Unreadable, match="nothing refers to"):
        converted({ROOT: "effectif >= 1", LEGAL: "microentrepreneur = non"}, ROOT, names)


@pytest.mark.parametrize(
    ("condition", "leaf"),
    [
        ("10 <= effectif", {"field": "employees", "gte": 10}),
        ("effectif = 7", {"field": "employees", "between": [7, 7]}),
        ("entreprise . microentrepreneur = oui", {"field": "microentrepreneur", "is": True}),
        ("région = 'Haute-Lune'", {"field": "region", "within": ["Haute-Lune"]}),
    ],
)
def test_a_comparison_is_one_leaf_whichever_way_it_is_written(
    names: Names, condition: str, leaf: dict[str, Any]
) -> None:
    assert converted({ROOT: condition}, ROOT, names) == {**leaf, "place": {"article": ROOT}}


def test_choices_of_two_facts_stay_apart_and_of_one_are_joined(names: Names) -> None:
    one = converted({ROOT: one_of("code NAF niveau 1 . est X", "code NAF niveau 1 . est Y")}, ROOT, names)
    two = converted({ROOT: one_of("code NAF niveau 1 . est X", "région = Haute-Lune")}, ROOT, names)
    assert one["within"] == ["X", "Y"]
    assert [leaf["field"] for leaf in two["any"]] == ["industry", "region"]


def test_the_words_that_a_name_is_compared_with_are_found_at_any_depth() -> None:
    rules = {ROOT: {"applicable si": all_of("région = Mer"), **one_of('région = "Haute-Lune"')}}
    assert compared_with(rules, "région") == {"Mer", "Haute-Lune"}


def test_a_section_holds_its_subclasses_and_a_code_in_two_places_is_refused(tmp_path: Path) -> None:
    table_file = tmp_path / "naf.csv"
    table_file.write_text(NAF, encoding="utf-8")
    tree = naf_tree(table_file)
    assert tree.path("90.12Z") == ("X", "90", "90.1", "90.12", "90.12Z")
    assert len(tree.leaves(["X"])) == 2
    table_file.write_text(NAF + "90.13Z,90.13,90.1,90,Y,Autre,\n", encoding="utf-8")
    with pytest.raises(ValueError, match="90 lies in two places"):
        naf_tree(table_file)
