"""The pages made from code say what the code says.

Made anew in memory and compared.
"""

import re

import pytest

from service.errors import STATUS
from service.reference_docs import DOCS, PAGES
from service.settings import Settings


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_code_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: .venv/bin/python -m service.reference_docs"


def test_every_setting_has_a_row_with_its_variable_and_meaning() -> None:
    rows = re.findall(r"^\| `(HUIQI_\w+)` \|[^|]*\| (.+) \|$", PAGES["settings.md"](), re.MULTILINE)
    assert [variable for variable, _ in rows] == [f"HUIQI_{name.upper()}" for name in Settings.model_fields]


def test_every_code_has_an_anchor_where_a_problems_type_points() -> None:
    assert re.findall(r'<a id="(\w+)">', PAGES["errors.md"]()) == sorted(
        STATUS, key=lambda code: STATUS[code]
    )
