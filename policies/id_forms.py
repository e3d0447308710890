"""The forms of ids as patterns, each with the words that tell somebody what to write.

One table: a reader refuses by the pattern, the fault tells the words.
"""

from collections.abc import Mapping

from policies.faults import Fault

DOCUMENT_ID = r"[a-z0-9][a-z0-9-]{2,79}"
MEASURE_KEY = r"[a-z0-9][a-z0-9-]{0,79}"
MEASURE_ID = rf"{DOCUMENT_ID}\.{MEASURE_KEY}"
ENTERPRISE_ID = "[A-Za-z0-9_-]{1,64}"
ATTEST_KEY = "[A-Za-z0-9_-]{1,80}"
ZONE = "[a-z0-9-]{2,40}"
# `<measure id>#<attest key>`; before the # may stand the name of a rule asked about by name, any text.
ANSWER_KEY = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,161}#[\w.-]{1,80}"

# pattern -> English, Chinese
_WORDS: Mapping[str, tuple[str, str]] = {
    DOCUMENT_ID: (
        "3 to 80 lower-case letters, digits and hyphens, a letter or digit first",
        "须为 3 至 80 个小写字母、数字和连字符，以字母或数字开头",
    ),
    MEASURE_KEY: (
        "1 to 80 lower-case letters, digits and hyphens, a letter or digit first",
        "须为 1 至 80 个小写字母、数字和连字符，以字母或数字开头",
    ),
    MEASURE_ID: (
        "<document id>.<key>, as in hz-2024-rd.subsidy",
        "须为“文件标识.措施标识”，例如 hz-2024-rd.subsidy",
    ),
    ENTERPRISE_ID: (
        "1 to 64 letters, digits, hyphens and underscores",
        "须为 1 至 64 个字母、数字、连字符和下划线",
    ),
    ATTEST_KEY: (
        "1 to 80 letters, digits, hyphens and underscores",
        "须为 1 至 80 个字母、数字、连字符和下划线",
    ),
    ZONE: ("2 to 40 lower-case letters, digits and hyphens", "须为 2 至 40 个小写字母、数字和连字符"),
    ANSWER_KEY: (
        "<measure id>#<attest key>, as in hz-2024-rd.subsidy#in-key-industry",
        "须为“措施标识#确认项”，例如 hz-2024-rd.subsidy#in-key-industry",
    ),
}


def malformed(at: str, pattern: str, got: str = "", code: str = "bad_id") -> Fault:
    """The fault of a text at `at` that has not the form."""
    english, chinese = _WORDS.get(pattern, (pattern, f"须符合 {pattern}"))
    return Fault(at, code, {"expected": english, "expected_zh": chinese, "got": got[:80]})
