"""E-mail over SMTP; the Message-ID is the attempt's, so that the mail can be found again."""

from email.message import EmailMessage
from email.utils import format_datetime, localtime, parseaddr

import aiosmtplib

from services.contact.gateways.base import Accepted, NotSent, Outcome, Outgoing, Unknown

_PERMANENT = 500


class Smtp:
    """One connection per message: a lost one concerns one person only."""

    def __init__(self, host: str, port: int, sender: str, timeout_seconds: float) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._timeout = timeout_seconds

    async def send(self, message: Outgoing) -> Outcome:
        """Until DATA nothing can have gone; once it began, a lost answer is an unknown fate."""
        client = aiosmtplib.SMTP(hostname=self._host, port=self._port, timeout=self._timeout)
        handing_over = False
        try:
            mail = self._mail(message).as_bytes()
            await client.connect()
            await client.mail(parseaddr(self._sender)[1])
            await client.rcpt(message.to)
            handing_over = True
            await client.data(mail)
        except aiosmtplib.SMTPResponseException as refusal:
            return NotSent(f"e-mail recusado ({refusal.code})", again=refusal.code < _PERMANENT)
        except UnicodeEncodeError:
            return NotSent("e-mail inválido: tem letras com acento", again=False)
        except (aiosmtplib.SMTPException, OSError) as lost:
            if handing_over:
                return Unknown(f"resposta perdida ({type(lost).__name__})")
            return NotSent("provedor fora do ar", again=True)
        finally:
            client.close()
        return Accepted(self.message_id(message))

    def message_id(self, message: Outgoing) -> str:
        """`<attempt@domain of the sender>`."""
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        return f"<{message.attempt_id}@{domain}>"

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = self.message_id(message)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail
