"""What the README shows is what happens: its two commands, its request, its answer, its map."""

import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, cast

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from service.cli import application
from tests.e2e.recording import FOLDER, READMES, REQUESTS, asked, differences, settled, shown_request
from tests.e2e.running import HUIQI, ROOT, Running, environment, free_port


def block(readme: str, mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```[a-z]*\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    assert found, f"{readme} has no block after <!-- {mark} -->"
    return found[1].strip()


def test_both_readmes_show_the_same_request_each_in_its_own_language() -> None:
    english, chinese = (shown_request(ROOT / readme) for readme in READMES)
    assert english == {**chinese, "lang": "en"}
    assert chinese["lang"] == "zh-Hans"


@pytest.mark.parametrize("readme", READMES)
def test_the_map_names_files_and_functions_that_exist(readme: str) -> None:
    table = (ROOT / readme).read_text().partition("<!-- map -->")[2].partition("\n## ")[0]
    places = re.findall(r"`([a-z_/]+\.py)(?::([A-Za-z_.]+))?`", table)
    assert len(places) >= 24
    for file, name in places:
        text = (ROOT / file).read_text()
        assert not name or re.search(rf"(def|class) {name.split('.')[-1]}\b", text), f"{file}:{name}"


@pytest.mark.parametrize("readme", READMES)
def test_what_is_linked_exists(readme: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / readme).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_huiqi_command_shown_exists() -> None:
    shown = {v for r in READMES for v in re.findall(r"`huiqi ([a-z]+)", (ROOT / r).read_text())}
    done = subprocess.run((HUIQI, "--help"), capture_output=True, text=True, check=True)
    assert shown
    assert all(re.search(rf"\b{verb}\b", done.stdout) for verb in shown)


def test_every_huiqi_command_line_shown_can_be_written_so() -> None:
    pages = [*READMES, *(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))]
    shown = {line for page in pages for line in command_lines((ROOT / page).read_text())}
    assert len(shown) >= 8
    for line in shown:
        verb, *words = shlex.split(line, comments=True)
        command = cast(TyperGroup, get_command(application(verb))).commands[verb]
        with command.make_context(verb, words) as context:
            assert context.command is command


def command_lines(text: str) -> list[str]:
    """What stands after `huiqi` between backquotes or in a line of its own; a bare verb is only a name."""
    return re.findall(r"(?:^|`)huiqi ([a-z][a-z-]* [^`\n]+)", text, re.MULTILINE)


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_make_serve_and_the_curl_give_the_answer_shown(tmp_path: Path) -> None:
    port = free_port()
    command = ("make", "serve", f"PORT={port}", f"DATA={tmp_path / 'data'}")
    environ = environment(tmp_path / "unused", port)
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as served:
        assert served.stdout is not None
        lines = []
        for line in served.stdout:
            lines.append(line)
            if line.startswith("ready http://"):
                break
        else:
            pytest.fail("".join(lines))
        try:
            real = {readme: answered(on_port(block(readme, "request"), port)) for readme in READMES}
        finally:
            os.killpg(served.pid, signal.SIGINT)
            served.stdout.read()
    for readme, answer in real.items():
        assert differences(json.loads(block(readme, "answer")), answer) == [], readme


def on_port(request: str, port: int) -> str:
    """The request as shown, to the service that was started here."""
    return request.replace("127.0.0.1:8000", f"127.0.0.1:{port}")


def answered(request: str) -> Any:
    """The answer once meaning counts: the encoder loads in the background."""
    for _ in range(60):
        done = subprocess.run(shlex.split(request), capture_output=True, check=True)
        real = json.loads(done.stdout)
        if not real.get("degraded"):
            return real
        time.sleep(0.5)
    return real


@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_the_recorded_answers_are_what_the_service_answers(tmp_path: Path) -> None:
    with Running(tmp_path / "data") as service:
        settled(service)
        for name in REQUESTS:
            recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
            assert differences(recorded, asked(service, name)) == [], name
