"""Awards that really happened: what small firms had done before, and the calls they then won.

Reads what stood before a call opened; what describes the winning project itself is never opened.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Firms with a record after it are tested on those records; the others train. Fixed before any figure.
LAST_TRAINING_YEAR = 2013
LEGAL_FORMS = {"inc", "incorporated", "llc", "corp", "corporation", "ltd", "limited", "co", "company", "lp"}
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Topic:
    """A call: its title and what the agency wants."""

    id: str
    title: str
    description: str
    opened: int  # year

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.description}".strip()


@dataclass(frozen=True)
class Company:
    """A firm in one year: its earlier awards, each title and abstract, and the calls it won that year."""

    id: str
    firm: str
    name: str
    year: int
    awards: tuple[str, ...]
    award_years: tuple[int, ...]
    won: frozenset[str]


@dataclass(frozen=True)
class Awards:
    """All calls, and every firm that won one of them."""

    topics: tuple[Topic, ...]
    companies: tuple[Company, ...]

    def known(self) -> tuple[Company, ...]:
        """Companies with an earlier award: of the others nothing is known but the name."""
        return tuple(company for company in self.companies if company.awards)

    def unknown(self) -> tuple[Company, ...]:
        """Companies without an earlier award."""
        return tuple(company for company in self.companies if not company.awards)


def read_awards(folder: Path) -> Awards:
    """`topics.jsonl.gz`, `companies.jsonl.gz` and `qrels.tsv` of a folder; no other file of it."""
    won: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        company, topic, _ = line.split("\t")
        won.setdefault(company, set()).add(topic)
    topics = tuple(
        Topic(row["id"], row["title"], row["description"] or "", int(row["open_date"][:4]))
        for row in _rows(folder / "topics.jsonl.gz")
    )
    companies = (_company(row, won[row["id"]]) for row in _rows(folder / "companies.jsonl.gz"))
    return Awards(topics, tuple(companies))


def firm_of(name: str) -> str:
    """What one firm's names have in common: letters and digits of its words but the legal form."""
    words = _WORD.findall(name.lower())
    return "".join(word for word in words if word not in LEGAL_FORMS) or "".join(words)


def split(companies: Sequence[Company]) -> tuple[tuple[Company, ...], tuple[Company, ...]]:
    """Train and test: no firm in both, and every training year before every test year."""
    later = {company.firm for company in companies if company.year > LAST_TRAINING_YEAR}
    train = tuple(company for company in companies if company.firm not in later)
    test = tuple(company for company in companies if company.year > LAST_TRAINING_YEAR)
    return train, test


def _company(row: dict[str, Any], won: set[str]) -> Company:
    return Company(
        row["id"],
        firm_of(row["name"]),
        row["name"].strip(),
        row["as_of_year"],
        tuple(f"{award['title']}\n{award['abstract'] or ''}".strip() for award in row["prior_awards"]),
        tuple(award["year"] for award in row["prior_awards"]),
        frozenset(won),
    )


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
