"""Where a provider may be: a name by TLS, or a stand-in on this machine or beside us."""

import pytest

from kit.outside import outside


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://graph.facebook.com",
        "https://video.operadora.example/v2",
        "http://127.0.0.1:8000/video",
        "http://localhost:9",
        "http://sandbox:8000/whatsapp",
    ],
)
def test_a_provider_has_a_name_by_tls_or_stands_beside_us(url: str) -> None:
    assert outside(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://video.operadora.example",
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "https://10.0.0.7/rooms",
        "https://[fe80::1]/",
        "http://2852039166/",
        "https://0xa9fea9fe/",
        "https://known.example@169.254.169.254/",
        "file:///etc/passwd",
        "gopher://sandbox:70/",
        "video.example",
    ],
)
def test_an_address_by_number_in_clear_or_behind_a_name_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https e tem nome"):
        outside(url)
