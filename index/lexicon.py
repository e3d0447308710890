"""The domain dictionary: the ways in which people write one thing, read once from lexicon/*.tsv.

A form that means two things is listed in ambiguous.tsv or refused; never takes a word away from a text.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.normal_form import normalise

FOLDER = Path(__file__).with_name("lexicon")
AMBIGUOUS = "ambiguous.tsv"
PLACES = "places.tsv"


@dataclass(frozen=True)
class Row:
    """One concept: the official term, all its forms as written (the official one first), and who says so."""

    concept: str
    forms: tuple[str, ...]
    source: str
    file: str


@dataclass(frozen=True)
class Mention:
    """Where in a normal form a form stands, and what it means: one concept or, where ambiguous, several."""

    begin: int
    end: int
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Concepts by normal form, and the lengths of the forms that begin with two characters, longest first."""

    concepts: Mapping[str, tuple[str, ...]]
    lengths: Mapping[str, tuple[int, ...]]

    def mentions(self, normal: str, *, but: Container[str] = ()) -> Iterator[Mention]:
        """From left to right, the longest at each place, none inside another; no form of `but`."""
        begin, last = 0, len(normal) - 1
        while begin < last:
            lengths = self.lengths.get(normal[begin : begin + 2])
            after = begin + 1
            if lengths and not (begin and _latin(normal[begin]) and _latin(normal[begin - 1])):
                for length in lengths:
                    form, end = normal[begin : begin + length], begin + length
                    known = form in self.concepts and end <= last + 1 and form not in but
                    if known and not (end <= last and _latin(normal[end]) and _latin(normal[end - 1])):
                        yield Mention(begin, end, self.concepts[form])
                        after = end
                        break
            begin = after


def mentions(normal: str) -> Iterator[Mention]:
    """The concepts of a text in normal form."""
    return lexicon().mentions(normal)


@cache
def lexicon() -> Lexicon:
    """The bundled dictionary. Raises ValueError where a form means two things that nobody declared."""
    return built(read_rows(FOLDER), read_ambiguous(FOLDER))


def built(rows: Sequence[Row], ambiguous: Mapping[str, tuple[str, ...]]) -> Lexicon:
    """A form stands for its concept and for every concept that the official term contains, but for places:
    who asks for 高企认定 asks for 高新技术企业 as well, not for the city in the name of one measure."""
    own: dict[str, tuple[str, ...]] = {normalise(form): concepts for form, concepts in ambiguous.items()}
    for row in rows:
        for form in map(normalise, row.forms):
            if row.concept not in own.setdefault(form, (row.concept,)):
                raise ValueError(f"{row.file}: {form} means {row.concept} and {', '.join(own[form])}")
    plain = Lexicon(own, _lengths(own))
    inside: dict[str, list[str]] = defaultdict(list)
    of_concept: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        of_concept[row.concept].update(map(normalise, row.forms))
    places = {row.concept for row in rows if row.file == PLACES}
    for row in rows:
        found = plain.mentions(normalise(row.forms[0]), but=of_concept[row.concept])
        inside[row.concept] += (part for mention in found for part in mention.concepts if part not in places)
    return Lexicon({form: _with_parts(concepts, inside) for form, concepts in own.items()}, plain.lengths)


def _with_parts(concepts: Sequence[str], inside: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    found = list(concepts)
    for concept in found:  # grows while it is walked: parts of parts
        found += [part for part in inside[concept] if part not in found]
    return tuple(dict.fromkeys(found))


def read_rows(folder: Path) -> list[Row]:
    """concept, official, everyday, regional (Taiwan and Hong Kong), english, source; forms between |."""
    return [
        Row(
            line[0], tuple(form for cell in line[1:5] for form in cell.split("|") if form), line[5], path.name
        )
        for path in sorted(folder.glob("*.tsv"))
        if path.name != AMBIGUOUS
        for line in _lines(path, 6)
    ]


def read_ambiguous(folder: Path) -> dict[str, tuple[str, ...]]:
    """form, concepts between |, why."""
    return {form: tuple(concepts.split("|")) for form, concepts, _ in _lines(folder / AMBIGUOUS, 3)}


def _lines(path: Path, columns: int) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) != columns:
                raise ValueError(f"{path.name}: {columns} columns, not {len(cells)}: {line}")
            yield cells


def _lengths(forms: Mapping[str, object]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for form in forms:
        found[form[:2]].add(len(form))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _latin(letter: str) -> bool:
    """Whether it goes on as a word with another of its kind: vat is not in private."""
    return letter.isascii() and letter.isalnum()
