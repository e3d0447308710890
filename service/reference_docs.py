"""docs/settings.md and docs/errors.md, made from the code that they describe.

`python -m service.reference_docs` writes them, and a test refuses others. The service never runs it.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from http import HTTPStatus
from pathlib import Path

from pydantic.fields import FieldInfo

from policies.warnings import code_of, forms
from service.errors import STATUS, sentences
from service.settings import LOG_BYTES, LOG_FILES, Settings

DOCS = Path(__file__).parent.parent / "docs"
_MADE = "<!-- made by `python -m service.reference_docs` from {source}; change it there -->\n"
_EMPTY = (
    "All of them are environment variables. An empty value of a setting without a default is the same as an"
    " absent one. Anything else that cannot be read is refused at the start, in one line."
)
_PROBLEMS = (
    "Every refusal is an RFC 9457 problem (`application/problem+json`). `code` is one of these words and"
    " never changes; `errors` lists each fault with its `pointer` (RFC 6901) or `parameter`. `detail` is"
    " Chinese, or English when `Accept-Language` asks for it; `{…}` stands for what was found at the place."
)
_WARNINGS = (
    "A document that looks odd is taken all the same, with `warnings` in the answer of `POST` and `PUT"
    " /v1/policies` and of imports: each has `pointer`, `code`, `detail` and `suggestion`, in an import of"
    " files `file` too, in English or either Chinese as `Accept-Language` asks. `huiqi check`, `huiqi import`"
    " and `huiqi doctor` list them, and so do the administrator's pages. What is plausible is data"
    " (`policies/tables/hints.yaml`); at most 50 are told of a document, and none of a rule that is too large"
    " to be looked through."
)


def settings_page() -> str:
    """The page of the settings."""
    rows = [_setting(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join(
        [
            "# Settings",
            "",
            _MADE.format(source="service/settings.py"),
            _EMPTY,
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
            "## What is in the data folder",
            "",
            "| file or folder | what it holds |",
            "|---|---|",
            *(f"| `{name}` | {what} |" for name, what in FOLDER.items()),
            "",
            _logs(),
            "",
        ]
    )


FOLDER: Mapping[str, str] = {
    "huiqi.sqlite": "all that was sent and published, and what follows from it (with `-wal`, `-shm`)",
    "admin.key": "the administrator's key; readable by the owner only; `huiqi rotate-key` replaces it",
    "signing.key": "signs cursors; readable by the owner only",
    "vault.key": "encrypts secrets in the database; readable by the owner only; the first line is the newest",
    "index/": "index generations, the last three",
    "encoder/": "the default encoder, about 94 MB; made anew when it is missing",
    "models/": "rankers trained here, which one serves, and how a candidate differs",
    "logs/": "one JSON event a line, for each process",
}


def errors_page() -> str:
    """The page of the error codes, to which `type` of every problem points."""
    told = sentences()
    lines = ["# Errors", "", _MADE.format(source="service/errors.py and policies/faults.py")]
    lines += [_PROBLEMS, ""]
    for status in sorted(set(STATUS.values())):
        lines += [f"## {status} {HTTPStatus(status).phrase}", ""]
        lines += ["| code | English | 中文 |", "|---|---|---|"]
        lines += [
            f'| <a id="{code}"></a>`{code}` | {_cell(told[code]["en"])} | {_cell(told[code]["zh"])} |'
            for code, of in STATUS.items()
            if of == status
        ]
        lines.append("")
    return "\n".join(lines)


def warnings_page() -> str:
    """The page of the warnings of documents."""
    told = forms()
    rows = [
        f'| <a id="{form}"></a>`{code_of(form)}` | {_warned(words, "en")} | {_warned(words, "zh-Hans")} |'
        for form, words in told.items()
    ]
    lines = ["# Warnings", "", _MADE.format(source="policies/tables/warnings.yaml"), _WARNINGS, ""]
    return "\n".join([*lines, "| code | English | 中文 |", "|---|---|---|", *rows, ""])


def _warned(form: Mapping[str, Mapping[str, str]], lang: str) -> str:
    words = f"{form['detail'][lang]}<br>{form['suggestion'][lang]}"
    return _cell(words.replace("{{", "{").replace("}}", "}"))


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "warnings.md": warnings_page,
}


def main() -> None:
    """Writes every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


def _setting(name: str, field: FieldInfo) -> str:
    variable = f"{Settings.model_config.get('env_prefix', '')}{name}".upper()
    return f"| `{variable}` | {_default(field.default)} | {_cell(field.description or '')} |"


def _default(value: object) -> str:
    if value is None or value == "":
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _logs() -> str:
    most = LOG_BYTES * (LOG_FILES + 1) >> 20
    return (
        f"Each log is rotated at {LOG_BYTES >> 20} MiB and {LOG_FILES} older ones are kept, so no process has"
        f" more than {most} MiB of logs. No profile, name, text or key is ever written to them."
    )


if __name__ == "__main__":
    main()
