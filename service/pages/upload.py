"""An uploaded file on its way into the API: its kind, its faults by line, its difference to what is stored.

Reads lines for showing only. Never decides whether the file is right: the API does.
"""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile

from policies.faults import Refused
from policies.json_reading import read_json
from policies.yaml_reading import Yaml, read_yaml
from service.pages.admin_views import STATUS_MEMBERS, differences
from service.pages.visit import Visit

KINDS = {"json": "application/json", "ndjson": "application/x-ndjson"}
LINE = 160  # characters of a line that are shown


@dataclass(frozen=True)
class Upload:
    """A file's bytes and the content type it is sent on with."""

    content: bytes
    kind: str

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


async def given(form: FormData) -> Upload:
    """The file, or what the second step carries of it."""
    file = form.get("file")
    if isinstance(file, UploadFile):
        ending = (file.filename or "").rpartition(".")[2].lower()
        return Upload(await file.read(), KINDS.get(ending, "application/yaml"))
    text = str(form.get("content") or "").replace("\r\n", "\n")
    return Upload(text.encode("utf-8", "replace"), str(form.get("kind") or "application/yaml"))


def faults_of(problem: dict[str, Any]) -> list[dict[str, Any]]:
    """The API's faults, at least one."""
    return problem["errors"] or [{"pointer": "", "detail": problem["detail"]}]


def by_line(upload: Upload, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The API's faults or warnings, each with its line and the text of that line."""
    lines = upload.text.splitlines()
    places = _places(upload) if told else None
    found = []
    for each in told:
        number = places.line(each.get("pointer", "")) if places else 1
        text = lines[number - 1].strip()[:LINE] if number <= len(lines) else ""
        found.append({**each, "line": number, "text": text})
    return found


def _places(upload: Upload) -> Yaml | None:
    try:
        return read_yaml(upload.content)
    except Refused:
        return None


async def changes(v: Visit, upload: Upload, result: dict[str, Any]) -> Any:
    """The difference to what is stored, when exactly one document changes; else None."""
    if len(result["changed"]) != 1 or upload.kind == KINDS["ndjson"]:
        return None
    stored = await v.api.get(f"/v1/policies/{result['changed'][0]}")
    sent = read_json(upload.content) if upload.kind == KINDS["json"] else read_yaml(upload.content).value
    if not stored.ok or not isinstance(sent, dict):
        return None
    now = {name: value for name, value in stored.body.items() if name not in STATUS_MEMBERS}
    return list(differences(now, _filled(sent, now)))


def _filled(sent: Any, now: Any) -> Any:
    """What was sent with absent members as null, as the stored document has them."""
    if isinstance(sent, dict) and isinstance(now, dict):
        return {name: _filled(sent.get(name), member) for name, member in now.items()} | {
            name: value for name, value in sent.items() if name not in now
        }
    if isinstance(sent, list) and isinstance(now, list):
        return [_filled(s, now[i] if i < len(now) else None) for i, s in enumerate(sent)]
    return [] if sent is None and isinstance(now, list) else sent
