"""In which language a command speaks: as `--lang` says, else as the terminal's locale does.

Knows no sentence; each command has its own.
"""

import os
from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """In which language sentences are told."""

    ZH = "zh"
    EN = "en"


IN_WORDS: Mapping[Language, str] = {Language.ZH: "zh-Hans", Language.EN: "en"}


def of_the_terminal() -> Language:
    """Chinese where the locale is Chinese, else English."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LANG") if os.environ.get(name)), "")
    return Language.ZH if locale.lower().startswith("zh") else Language.EN
