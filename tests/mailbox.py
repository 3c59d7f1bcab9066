"""A mail server on this machine that keeps what it takes."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from tests.conftest import make_settings
from tests.processes import free_port


class Receiver:
    """A mail server that answers as it is told and keeps what it takes."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.taken: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


class serving:  # noqa: N801  (reads as a statement)
    """Let the application send through a server; without a receiver nobody listens at its address."""

    def __init__(self, app: Flask, receiver: Receiver | None) -> None:
        self._app, self._settings = app, app.config["APP"]
        self._port = free_port()
        self._controller = Controller(receiver, hostname="127.0.0.1", port=self._port) if receiver else None

    def __enter__(self) -> None:
        if self._controller:
            self._controller.start()
        self._app.config["APP"] = make_settings(
            self._settings.instance_path, self._settings.database_url, MAIL_URL=f"smtp://127.0.0.1:{self._port}"
        )

    def __exit__(self, *_: object) -> None:
        self._app.config["APP"] = self._settings
        if self._controller:
            self._controller.stop()
