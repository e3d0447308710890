"""Refusals as RFC 9457 problems: one table of codes, one shape, two languages.

Every error that leaves the service is made here; nothing internal shows in it.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from policies.faults import SENTENCES, Details, Fault, Language, Refused
from policies.json_writing import to_json

MOST_FAULTS = 50
PROBLEM = "application/problem+json"
RETRY_S = "2"
log = logging.getLogger("huiqi.errors")

_BY_STATUS: Mapping[int, str] = {
    400: "malformed_json invalid_encoding too_deep bad_cursor",
    401: "key_needed",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "duplicate_id conflict confirm_needed idempotency_mismatch",
    410: "cursor_gone",
    413: "too_large",
    415: "unsupported_type",
    422: "unknown_member missing_member wrong_type out_of_range bad_range bad_date bad_text bad_id bad_url "
    "bad_credit_code unknown_region unknown_industry unknown_fact unknown_code unknown_operator "
    "unknown_measure bad_rule rule_too_large conflicting_values not_yet",
    429: "too_many_requests",
    500: "internal",
    503: "not_ready database_unavailable",
}
STATUS: Mapping[str, int] = {code: status for status, codes in _BY_STATUS.items() for code in codes.split()}

# What the service itself refuses; the faults of content are told by policies.faults.
OWN_SENTENCES: Mapping[str, Mapping[Language, str]] = {
    "bad_cursor": {
        "zh": "游标不可用：它被改动过，或属于另一个查询。请从第一页重新开始。",
        "en": "Unusable cursor: altered, or of another query. Start again from the first page.",
    },
    "key_needed": {
        "zh": "需要密钥：请在 Authorization: Bearer … 中给出有效的密钥。",
        "en": "A key is needed: send a valid one as Authorization: Bearer …",
    },
    "not_allowed": {"zh": "此密钥无权进行这项操作。", "en": "This key may not do that."},
    "not_found": {"zh": "没有找到：{note}", "en": "Not found: {note}"},
    "method_not_allowed": {
        "zh": "此地址不接受这种方法，可用的方法见 Allow。",
        "en": "This address does not take that method; Allow names those it takes.",
    },
    "conflict": {"zh": "与当前状态冲突。{note_zh}", "en": "Conflicts with the current state. {note}"},
    "confirm_needed": {"zh": "需要先确认将告知的数量。", "en": "Confirm the number to be told first."},
    "idempotency_mismatch": {
        "zh": "同一 Idempotency-Key 已用于另一份内容。请换一个键。",
        "en": "This Idempotency-Key was used with another body. Use another key.",
    },
    "cursor_gone": {
        "zh": "游标已失效：超过一小时，或企业资料已变化。请从第一页重新开始。",
        "en": "The cursor is gone: an hour has passed, or the profile has changed. Start again.",
    },
    "too_large": {"zh": "内容太大：最多 {most} 字节。", "en": "Too large: at most {most} bytes."},
    "unsupported_type": {
        "zh": "不支持的内容类型。应为 {expected}。",
        "en": "Unsupported content type. Expected {expected}.",
    },
    "too_many_requests": {"zh": "请求太频繁，请稍后再试。", "en": "Too many requests; try again later."},
    "internal": {
        "zh": "服务内部出错，已记录。请报告请求编号。",
        "en": "Something failed inside and was recorded. Please report the request id.",
    },
    "not_ready": {"zh": "服务还没有准备好，请稍后再试。", "en": "Not ready yet; try again shortly."},
    "database_unavailable": {
        "zh": "数据库暂时不可用，请稍后再试。",
        "en": "The database is not available right now; try again shortly.",
    },
}


@dataclass(frozen=True)
class Wrong:
    """One entry of `errors`: where (a pointer or a query parameter, of which file) and what."""

    fault: Fault
    parameter: str | None = None
    file: str | None = None

    def shown(self, language: Language) -> dict[str, Any]:
        """The entry as JSON."""
        place = {"pointer": self.fault.pointer} if self.parameter is None else {"parameter": self.parameter}
        if self.file is not None:
            place["file"] = self.file
        return {**place, "code": self.fault.code, "detail": self.fault.sentence(language)}


class Problem(Exception):
    """A refusal with a code of the table; `errors` lists single faults, `params` fill the sentence."""

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[Wrong | Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
        **params: str,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = tuple(e if isinstance(e, Wrong) else Wrong(e) for e in errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.params = params

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS[self.code]

    def detail(self, language: Language) -> str:
        """The refusal in words: of its first fault, else of its code."""
        if self.errors:
            return self.errors[0].fault.sentence(language)
        if self.code in OWN_SENTENCES:
            return OWN_SENTENCES[self.code][language].format_map(Details(self.params)).strip()
        return Fault("", self.code, self.params).sentence(language)


def refused(faults: Sequence[Fault | Wrong], **more: Any) -> Problem:
    """The problem of several faults: its code is the first's."""
    wrongs = [fault if isinstance(fault, Wrong) else Wrong(fault) for fault in faults]
    return Problem(wrongs[0].fault.code, errors=wrongs, **more)


_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def language_of(request: Request) -> Language:
    """English when Accept-Language puts it before Chinese, else Chinese."""
    wanted = {"en": 0.0, "zh": 0.0}
    for name, weight in _ranges(request):
        language = name.partition("-")[0]
        if language in wanted:
            wanted[language] = max(wanted[language], weight)
    return "en" if wanted["en"] > wanted["zh"] else "zh"


def script_of(request: Request) -> str:
    """The same where there are three: Traditional Chinese when that is put before other Chinese."""
    if language_of(request) == "en":
        return "en"
    chinese = {name: weight for name, weight in _ranges(request) if name.startswith("zh")}
    traditional = [weight for name, weight in chinese.items() if name.startswith(_TRADITIONAL)]
    others = [weight for name, weight in chinese.items() if not name.startswith(_TRADITIONAL)]
    return "zh-Hant" if max(traditional, default=0) > max(others, default=0) else "zh-Hans"


def _ranges(request: Request) -> Iterator[tuple[str, float]]:
    """The language ranges that are asked for, in small letters, with their weights."""
    for each in request.headers.get("accept-language", "").lower().split(","):
        name, _, weight = each.partition(";")
        yield name.strip(), _weight(weight)


def _weight(text: str) -> float:
    """The weight of a language range (RFC 9110, 12.4.2); what is no weight is none."""
    found = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", text)
    return float(found[1]) if found else float(not text.strip())


def answer(request: Request, problem: Problem) -> Response:
    """The problem as an HTTP answer: as a page where the app has one for who asks, else as a document."""
    page = getattr(request.app.state, "refusal_page", None)
    if page is not None and (shown := page(request, problem)) is not None:
        return cast(Response, shown)
    language = language_of(request)
    body = {
        "type": f"/docs/errors#{problem.code}",
        "title": title(problem.code),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail(language),
        "request_id": getattr(request.state, "request_id", ""),
        "errors": [wrong.shown(language) for wrong in problem.errors[:MOST_FAULTS]],
        **problem.members,
    }
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if problem.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers.setdefault("Retry-After", RETRY_S)
    headers["Content-Language"] = "en" if language == "en" else "zh-Hans"
    return Response(to_json(body), problem.status, headers, media_type=PROBLEM)


def title(code: str) -> str:
    """The short English name of a code."""
    return code.replace("_", " ").capitalize()


def sentences() -> Mapping[str, Mapping[Language, str]]:
    """Every code with its sentence in both languages, for the docs."""
    return {code: (OWN_SENTENCES.get(code) or SENTENCES[code]) for code in STATUS}


def install(app: FastAPI) -> None:
    """Makes every failure of the app a problem answer."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return answer(request, problem)


async def _on_refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)
    return answer(request, refused(problem.faults))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    code = codes.get(error.status_code, "internal" if error.status_code >= 500 else "not_found")
    headers = dict(error.headers or {})
    if code == "method_not_allowed":
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer(request, Problem(code, headers=headers, note=request.url.path))


def _methods(request: Request) -> set[str]:
    """Every method that some route takes at this address; the framework tells those of one route only."""
    path = request.scope["path"]
    here = (route for route in request.app.state.routes if route.path_regex.match(path))
    return {method for route in here for method in route.methods or ()}


async def _on_failure(request: Request, error: Exception) -> Response:
    log.error("failed", exc_info=error, extra={"request_id": getattr(request.state, "request_id", "")})
    return answer(request, Problem("internal"))
