"""What the pages say: one table, no word missing and none left over."""

import re
from pathlib import Path

import yaml

PAGES = Path(__file__).parent.parent.parent / "service" / "pages"
TABLE = yaml.safe_load((PAGES / "translations.yaml").read_text(encoding="utf-8"))
SOURCE = "\n".join(
    file.read_text(encoding="utf-8") for file in (*PAGES.glob("*.py"), *PAGES.rglob("templates/**/*.html"))
)
# A key that is put together: its beginning stands in the source, before `" ~` or `{`.
BEGINNINGS = set(re.findall(r't\("([a-z_.]+\.)" ~', SOURCE)) | set(re.findall(r'f"([a-z_.]+\.)\{', SOURCE))
QUOTED = set(re.findall(r'"([a-z][a-z_0-9.-]*)"', SOURCE))


def test_every_text_is_there_in_both_languages() -> None:
    assert [key for key, texts in TABLE.items() if set(texts) != {"zh", "en"} or not texts["zh"]] == []


def test_every_key_that_is_used_stands_in_the_table() -> None:
    used = set(re.findall(r'\bt\("([a-z][a-zA-Z_0-9.-]*)"[,)]', SOURCE))
    assert used - set(TABLE) == set()
    assert len(used) > 80


def test_no_text_is_left_over() -> None:
    unused = [key for key in TABLE if key not in QUOTED and not key.startswith(tuple(BEGINNINGS))]
    assert unused == []
