"""Small documents for the tests of the contract. Invented whole; none is a real policy."""

from typing import Any

EVERYBODY: dict[str, Any] = {"all": []}
NOBODY: dict[str, Any] = {"not": {"all": []}}


def measure(key: str = "one", rule: Any = None, **members: Any) -> dict[str, Any]:
    """A measure for everybody, all year."""
    plain = {"key": key, "title": f"{key}补助", "kind": "grant", "mode": "apply", "windows": []}
    return {**plain, "rule": EVERYBODY if rule is None else rule, **members}


def document(name: str, *measures: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A national document with these measures."""
    plain = {
        "id": name,
        "title": f"{name}办法",
        "issuers": ["某局"],
        "level": "national",
        "region": "000000",
        "in_force": "stated_until",
        "provenance": "from-memory",
    }
    return {**plain, "measures": list(measures) or [measure()], **members}


SOFTWARE = {"field": "industry", "within": ["I65"]}
SMALL = {"field": "employees", "lte": 20}
ATTESTED = {"attest": "in-key-industry", "text": "属于重点产业"}
CATALOGUE = (
    document(
        "aa-parts",
        measure("certain"),
        measure("checkable", {"all": [ATTESTED]}),
        measure("undecided", {"all": [SMALL, ATTESTED]}),
        measure("excluded", NOBODY),
    ),
    document(
        "bb-windows",
        measure("closed", windows=[{"opens": "2026-01-01", "closes": "2026-02-01"}]),
        measure("open", windows=[{"opens": "2026-11-01", "closes": "2026-11-30"}], kind="tax"),
        measure("unstated", windows=None),
        measure("upcoming", windows=[{"opens": "2026-12-01", "closes": "2026-12-31"}], kind="voucher"),
    ),
    document("cc-hangzhou", measure("rd", SOFTWARE, kind="talent"), level="city", region="330100"),
    document("dd-beijing", measure("space", kind="space"), level="city", region="110100"),
)
