"""Where a browser may be sent: within this origin, and nowhere that would send it round."""

from urllib.parse import quote, urlsplit

HOME = "/"
LONGEST = 500
_DOORS = ("/entrar", "/sair", "/saiu", "/sessao")


def within(path: str | None) -> str:
    """`path` when it is a page of ours, home when it is anything else.

    Browsers take "//host", "/\\host" and what hides in control characters for another host.
    """
    if not path or len(path) > LONGEST or not path.startswith("/"):
        return HOME
    if path[1:2] in ("/", "\\") or not path.isprintable() or "\\" in path:
        return HOME
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.path.startswith(_DOORS):
        return HOME
    return path


def of_page(address: str | None) -> str:
    """The page of an address that the browser says it is at, without its host."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return HOME
    return within(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def sign_in(back_to: str) -> str:
    """The door, and where it leads afterwards."""
    return f"/entrar?de={quote(within(back_to), safe='')}"
