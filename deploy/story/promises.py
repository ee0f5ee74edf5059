"""What each accepted write promised, and the facts by which it is found kept: once, never twice."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deploy.story.bus import Fact
from deploy.story.journal import Accepted
from deploy.story.life import HD

SUBJECTS = ("interview_id", "declaration_id")


@dataclass(frozen=True)
class Promise:
    """Every write to such a path is one fact of one of these kinds, about the id of the path or,
    where the path names none, about what the answer or the person's session names. What is `said`
    is one fact however often it is said: reading the letter again starts nothing again."""

    path: str
    kinds: frozenset[str]
    said: bool = False


def _promise(path: str, *kinds: str, said: bool = False) -> Promise:
    return Promise(path, frozenset(f"{HD}.{kind}.v1" for kind in kinds), said)


PROMISES = (
    _promise(r"/public/declaration/letter", "declaration.started", said=True),
    _promise(r"/public/declaration/signature", "declaration.signed"),
    _promise(r"/public/declaration/withdrawal", "declaration.withdrawn"),
    _promise(r"/public/declaration/rectification", "declaration.rectified"),
    _promise(r"/public/declaration/documents", "documents.received"),
    _promise(r"/public/interview", "interview.scheduled"),
    _promise(r"/public/offer", "offer.accepted", "offer.refused"),
    _promise(r"/public/term/signature", "term.signed"),
    _promise(r"/declarations/(?P<id>[^/]+)/paper-signature", "declaration.signed"),
    _promise(r"/declarations/(?P<id>[^/]+)/document-requests", "documents.requested"),
    _promise(r"/declarations/(?P<id>[^/]+)/exam-requests", "exam.requested"),
    _promise(r"/declarations/(?P<id>[^/]+)/exam-results", "exam.concluded"),
    _promise(r"/declarations/(?P<id>[^/]+)/opinion", "opinion.given"),
    _promise(r"/declarations/(?P<id>[^/]+)/audit", "audit.concluded", "audit.returned"),
    _promise(r"/interviews/(?P<id>[^/]+)/result", "interview.concluded"),
    _promise(r"/interviews/(?P<id>[^/]+)/missed", "interview.missed"),
)
_ELSEWHERE: Mapping[str, str] = {
    r"/public/declaration/answers(/.*)?": "a form that lost an answer would not be signed",
    r"/declarations/[^/]+/negotiation": "its outcome is compared with the answer key",
    r"/public/sessions(/.*)?": "the session is used at once; its code is compared as a contact",
    r"/public/(.*/)?(signature-)?code|/public/declaration/signature-code": "compared as contacts",
    r"/public/links": "the new link is compared as a contact, and used",
    r"/declarations/[^/]+/assistance": "the session is used at once",
    r"/coverage-checks": "a question; its answer is compared, and nothing changes",
    r"/contacts/[^/]+/resolve": "contacts are compared one by one",
    r"/rule-sets/.*|/partners/.*|/slots": "without it the story does not begin",
    r"/clock|/erp/.*|/issuer/.*": "orders to the stand-ins of other parties",
}
"""Writes that other checks find kept, and how."""


@dataclass
class Kept:
    """How what was accepted compares with what came of it."""

    accepted: int = 0
    present: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Paths of which nobody said what they promise."""


def compare(
    writes: Iterable[Accepted], facts: Iterable[Fact], of_person: Mapping[str, str]
) -> Kept:
    """By id: as many facts as accepted writes. `of_person` leads from a person to their case."""
    kept = Kept()
    told: Counter[tuple[Promise, str]] = Counter()
    for one in writes:
        kept.accepted += 1
        promise, subject = _promised(one, of_person)
        if promise is not None:
            told[promise, subject] += 1
        elif not any(re.fullmatch(path, one.path) for path in _ELSEWHERE):
            kept.unknown.append(f"{one.method} {one.path}")
    found = _found(facts)
    for (promise, subject), times in told.items():
        count = 1 if promise.said else times
        there = sum(found[kind, subject] for kind in promise.kinds)
        kept.present += min(count, there)
        if there != count:
            (kept.lost if there < count else kept.doubled).append(
                f"{promise.path} {subject}: {count} aceitos, {there} fatos"
            )
    return kept


def _promised(one: Accepted, of_person: Mapping[str, str]) -> tuple[Promise | None, str]:
    for promise in PROMISES:
        if match := re.fullmatch(promise.path, one.path):
            named = match.groupdict().get("id") or next(
                (one.ids[name] for name in SUBJECTS if name in one.ids), None
            )
            return promise, named or of_person.get(one.about, one.about)
    return None, ""


def _found(facts: Iterable[Fact]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        for name in SUBJECTS:
            if fact.body.get(name):
                found[fact.type, str(fact.body[name])] += 1
    return found
