"""Handing mail in: over verified TLS but on this machine, with a name only where it is encrypted."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.mail.letters import Letter, written
from service.mail.post import Post, Sent
from service.mail.smtp import Server, server_of
from tests.service.certificates import server_context, trusting
from tests.service.smtp_world import FROM, TO, smtp

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
MESSAGE = written(Letter("one", TO, "惠企", "内容\n", NOW), FROM)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587, None, None, "start")),
        ("smtps://u:p%40s@mail.example", Server("mail.example", 465, "u", "p@s", "first")),
        ("smtp://127.0.0.1:25", Server("127.0.0.1", 25, None, None, "none")),
        ("smtp://localhost:2525/", Server("localhost", 2525, None, None, "none")),
        ("smtps://[::1]:465", Server("::1", 465, None, None, "first")),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://u@h",
        "smtp://h:0",
        "smtp://h:x",
        "smtp://h/x",
    ],
)
def test_what_names_no_server_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        server_of(wrong)


async def test_mail_is_handed_in_over_tls_that_is_verified(tmp_path: Path) -> None:
    async with smtp(server_context(tmp_path, "127.0.0.1")) as server:
        post = Post(server_of(f"smtps://127.0.0.1:{server.port}"), FROM, trusting(tmp_path))
        assert await post.send(MESSAGE, TO) == Sent("sent")
        assert server.messages[0]["Subject"] == "惠企"


async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    async with smtp(server_context(tmp_path, "127.0.0.1")) as server:
        post = Post(server_of(f"smtps://127.0.0.1:{server.port}"), FROM, ssl.create_default_context())
        assert (await post.send(MESSAGE, TO)).came == "failed"
        assert server.came == []


async def test_a_server_elsewhere_that_cannot_encrypt_gets_no_mail() -> None:
    async with smtp() as server:
        elsewhere = Server("127.0.0.1", server.port, "user", "password", "start")
        assert (await Post(elsewhere, FROM).send(MESSAGE, TO)).came == "failed"
        assert server.came == []


async def test_a_server_that_is_not_there_is_no_refusal() -> None:
    assert (await Post(server_of("smtp://127.0.0.1:1"), FROM).send(MESSAGE, TO)).came == "failed"


async def test_of_a_refusal_only_the_codes_are_kept() -> None:
    async with smtp() as server:
        server.to_receiver[:] = [f"550 5.1.1 <{TO}> is unknown here"]
        post = Post(server_of(f"smtp://127.0.0.1:{server.port}"), FROM)
        assert await post.send(MESSAGE, TO) == Sent("refused", "SMTP 550 5.1.1")


async def test_many_messages_go_over_one_line_and_it_is_closed_after_the_last() -> None:
    async with smtp() as there:
        post = Post(server_of(f"smtp://127.0.0.1:{there.port}"), FROM)
        async with post.lines.kept():
            came = [await post.send(MESSAGE, TO) for _ in range(5)]
        assert [each.came for each in came] == ["sent"] * 5
        assert (there.lines, len(there.messages), post.lines.idle) == (1, 5, [])
        await post.send(MESSAGE, TO)
        assert (there.lines, post.lines.idle) == (2, [])


async def test_a_line_that_the_server_has_dropped_is_replaced_by_a_new_one() -> None:
    async with smtp() as there:
        post = Post(server_of(f"smtp://127.0.0.1:{there.port}"), FROM)
        async with post.lines.kept():
            await post.send(MESSAGE, TO)
            post.lines.idle[0].close()
            assert (await post.send(MESSAGE, TO)).came == "sent"
            there.to_receiver[:] = ["550 5.1.1 nobody", "250 OK"]
            assert (await post.send(MESSAGE, TO)).came == "refused"
            assert (await post.send(MESSAGE, TO)).came == "sent"
        assert len(there.messages) == 3


def test_a_subject_of_several_lines_becomes_one() -> None:
    message = written(Letter("one", TO, "一\r\nBcc: a@b.example", "内容\n", NOW), FROM)
    assert message["Bcc"] is None
    assert b"\nBcc" not in message.as_bytes()
