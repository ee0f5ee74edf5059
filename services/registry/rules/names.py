"""Names as they compare: no accents, no case, no particles, whatever the hand that wrote them."""

import unicodedata

_PARTICLES = frozenset({"da", "das", "de", "del", "di", "do", "dos", "du", "e", "y"})
_SHORTEST_BEGINNING = 3


def plain(name: str) -> str:
    """Lower case letters and digits, without accents, one space between words."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.replace("'", "")).split())


def tokens(name: str) -> tuple[str, ...]:
    """The words that tell people apart: without particles, in order."""
    return tuple(word for word in plain(name).split() if word not in _PARTICLES)


def search_terms(name: str) -> frozenset[str]:
    """What the blind index keeps of a name: its words and their beginnings of ≥ 3 letters."""
    beginnings = {
        word[:end] for word in tokens(name) for end in range(_SHORTEST_BEGINNING, len(word))
    }
    return frozenset(beginnings.union(tokens(name)))


def same_name(one: str, other: str) -> bool:
    """The same words, whatever the order of writing them."""
    return bool(tokens(one)) and sorted(tokens(one)) == sorted(tokens(other))


def compatible(one: str, other: str) -> bool:
    """The same first name, and every word of the shorter in the longer, in order or as initial."""
    short, long = sorted((tokens(one), tokens(other)), key=len)
    if not short or not _alike(short[0], long[0]):
        return False
    rest = iter(long)
    return all(any(_alike(word, candidate) for candidate in rest) for word in short)


def _alike(word: str, candidate: str) -> bool:
    return word == candidate or (1 in (len(word), len(candidate)) and word[0] == candidate[0])
