"""What an enterprise is owed: what it was not told because its kind was off, and is on again by now.

Works out what is true now; what came and went meanwhile is not told at all. Writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from service.catalogue.shelf import Shelf
from service.push import changes, differences, material, withheld_store
from service.push import consent_store as consents
from service.push.changes import End
from service.push.consent_store import Consent
from service.push.message_types import MATCHED, REVISED, SUMMARY, WITHDRAWN
from service.push.store import Mark
from service.services import Services


@dataclass(frozen=True)
class Owed:
    """What one enterprise said of kinds, and of which measures it may be told now what was withheld."""

    consent: Consent = consents.NOTHING
    kinds: Mapping[str, str] = field(default_factory=dict)
    """By measure, the kind of message that is owed."""
    changed: Mapping[str, differences.Told] = field(default_factory=dict)
    ends: Mapping[str, End] = field(default_factory=dict)

    @property
    def single(self) -> list[str]:
        """Measures to be told of for the first time, one by one."""
        return [name for name, kind in self.kinds.items() if kind == MATCHED]

    @property
    def summed(self) -> list[str]:
        """Measures of a first look that was not told."""
        return [name for name, kind in self.kinds.items() if kind == SUMMARY]


NOTHING = Owed()


async def owed(
    services: Services,
    c: AsyncConnection,
    shelf: Shelf,
    marks: Mapping[str, Mapping[str, Mark]],
) -> dict[str, Owed]:
    """Of the enterprises, by their marks: each that has said anything about what it may be told."""
    said = await consents.refused(c, list(marks))
    rows = await withheld_store.owed(c, list(said))
    return {
        name: await _owed(services, c, shelf, marks[name], consent, rows.get(name, {}))
        for name, consent in said.items()
    }


async def _owed(
    services: Services,
    c: AsyncConnection,
    shelf: Shelf,
    marks: Mapping[str, Mark],
    consent: Consent,
    rows: Mapping[str, str],
) -> Owed:
    kinds = {name: _kind(name, first, marks, shelf) for name, first in rows.items()}
    kinds = {name: kind for name, kind in kinds.items() if not consent.covers(kind)}
    changed: dict[str, differences.Told] = {}
    ends: dict[str, End] = {}
    for name in _lasting(kinds, marks):
        mark, place = marks[name], shelf.ordinal.get(name)
        if place is None:
            end = await changes.end(services, c, name)
            if end is not None and mark.withdrawn_at is None:
                ends[name] = end
            continue
        live = (shelf.placed[place].document, shelf.placed[place].measure)
        if mark.material != material.material(*live):
            changed[name] = await changes.since_told(services, c, mark, live)
    return Owed(consent, kinds, changed, ends)


def _kind(name: str, first: str, marks: Mapping[str, Mark], shelf: Shelf) -> str:
    if name not in marks:
        return first
    return REVISED if name in shelf.ordinal else WITHDRAWN


def _lasting(kinds: Mapping[str, str], marks: Mapping[str, Mark]) -> Sequence[str]:
    """Those that the enterprise was told of and did not dismiss."""
    return [name for name in kinds if name in marks and marks[name].dismissed_at is None]
