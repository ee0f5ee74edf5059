"""What a browser keeps on its way to the provider, and the headers of every answer."""

import base64

import pytest

from services.console.routes.headers import HTTPS_ONLY, always
from services.console.routes.visit import session_name
from services.console.settings import ConsoleSettings
from services.console.usecases.sign_ins import challenge_of, read, start


def test_an_errand_is_read_as_it_was_kept() -> None:
    errand = start("/tarefas?visao=minhas")
    assert read(errand.cookie()) == errand
    assert errand.back_to == "/tarefas?visao=minhas"


def test_no_two_errands_share_anything() -> None:
    first, second = start(None).asked, start(None).asked
    drawn = {first.state, first.nonce, first.verifier, second.state, second.nonce, second.verifier}
    assert len(drawn) == 6
    assert min(map(len, drawn)) >= 43


def test_the_challenge_is_the_one_of_the_rfc() -> None:
    told = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert told == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("cookie", [None, "", "a", "a.b.c", "a.b.c.d.e", "a.b..d", "a.b.c._w"])
def test_a_cookie_that_tells_of_no_errand_is_none(cookie: str | None) -> None:
    assert read(cookie) is None


@pytest.mark.parametrize("place", ["//mau.example", "https://mau.example", "/entrar"])
def test_an_errand_leads_nowhere_else_however_its_cookie_was_changed(place: str) -> None:
    hidden = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    errand = read(f"a.b.c.{hidden}")
    assert errand is not None
    assert errand.back_to == "/"


def test_only_browsers_that_come_by_https_are_told_to_stay_there() -> None:
    assert HTTPS_ONLY.items() <= always(secure=True).items()
    assert not HTTPS_ONLY.keys() & always(secure=False).keys()


@pytest.mark.parametrize(
    ("url", "secure", "name"),
    [
        ("https://console.test", True, "__Host-sessao"),
        ("http://127.0.0.1:8008", False, "sessao"),
    ],
)
def test_a_cookie_is_of_the_host_alone_wherever_browsers_come_by_https(
    url: str, secure: bool, name: str
) -> None:
    settings = ConsoleSettings(console_url=url)
    assert (settings.secure, session_name(settings)) == (secure, name)
