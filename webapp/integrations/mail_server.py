"""Hand mails to a server by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from webapp.domain.setting_values import MailSecurity, MailServer

_ANSWER_SECONDS = 10.0
# From this reply code on the server will never take the mail; below it, it may do so later.
_REFUSED = 500


class MailRefused(Exception):
    """The server will not take this mail, now or later; the code is its reply's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class MailServerAway(Exception):
    """The server cannot be reached, or takes no mail at this moment."""


def deliver(server: MailServer, message: EmailMessage) -> None:
    """Hand a mail to the server; raise ``MailRefused`` or ``MailServerAway`` when it does not take it."""
    try:
        with _open(server) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _failure(max(code for code, _ in error.recipients.values())) from error
    except smtplib.SMTPAuthenticationError as error:
        # A wrong password is mended in the settings, and then the mail can go.
        raise MailServerAway("the mail server refuses the user or the password") from error
    except smtplib.SMTPResponseException as error:
        raise _failure(error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailServerAway("the mail server lacks what is needed, such as STARTTLS") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerAway(type(error).__name__) from error


def _open(server: MailServer) -> smtplib.SMTP:
    if server.security is MailSecurity.TLS:
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_ANSWER_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=_ANSWER_SECONDS)
    try:
        if server.security is MailSecurity.STARTTLS:
            connection.starttls(context=ssl.create_default_context())
        if server.user is not None:
            connection.login(server.user, server.password or "")
    except BaseException:
        connection.close()
        raise
    return connection


def _failure(code: int) -> MailRefused | MailServerAway:
    return MailRefused(code) if code >= _REFUSED else MailServerAway(f"the mail server answers {code}")
