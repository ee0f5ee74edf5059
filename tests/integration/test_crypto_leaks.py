"""The finder finds whatever is not sealed, and what is sealed is not found on the disk."""

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
import typst

from tests.support.finder import Finder
from tests.support.places import FIRST_HEADER, HEADER, PAGE, SEGMENT, Disk
from tests.support.postgres import Postgres
from tests.support.probe import Probe, Said, probe

WORD = "Síndrome de Quervalho"
CPF = "529.982.247-25"

type Writing = Callable[[str], bytes]


def around(content: bytes) -> bytes:
    """In the middle of something larger."""
    return b"\x00\x17abc" + content + b"\xff tail"


def pdf(text: str) -> bytes:
    made = typst.compile(f"= Laudo\n{text}".encode())
    assert isinstance(made, bytes)
    return made


WRITINGS: dict[str, Writing] = {
    "clear": lambda word: word.encode(),
    "upper case": lambda word: word.upper().encode(),
    "json escapes": lambda word: json.dumps({"text": word}).encode(),
    "base64": lambda word: base64.b64encode(f"x{word}y".encode()),
    "base64 shifted": lambda word: base64.b64encode(f"xy{word}z".encode()),
    "base64 for urls": lambda word: base64.urlsafe_b64encode(f"{word}~~~".encode()),
    "hex": lambda word: word.encode().hex().encode(),
    "gzip": lambda word: gzip.compress(f"before {word} after".encode()),
    "zlib": lambda word: zlib.compress(f"before {word} after".encode()),
    "gzip in base64": lambda word: base64.b64encode(gzip.compress(f"a {word} b".encode())),
    "zlib in gzip": lambda word: gzip.compress(zlib.compress(word.encode())),
    "pdf": lambda word: pdf(word),
    "pdf in base64": lambda word: base64.b64encode(pdf(word)),
    "md5": lambda word: hashlib.md5(word.encode(), usedforsecurity=False).hexdigest().encode(),
    "sha1": lambda word: hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().encode(),
    "sha256": lambda word: hashlib.sha256(word.encode()).hexdigest().upper().encode(),
    "sha256 bytes": lambda word: hashlib.sha256(word.encode()).digest(),
    "sha256 base64": lambda word: base64.b64encode(hashlib.sha256(word.encode()).digest()),
}


@pytest.mark.parametrize("how", WRITINGS)
def test_the_finder_finds_a_word_written_so(how: str) -> None:
    written = around(WRITINGS[how](WORD))
    assert {hit.word for hit in Finder([WORD]).search(written)} == {WORD}


@pytest.mark.parametrize(
    "written",
    [b"52998224725", b"529.982.247-25", b"529 982 247 25", b'"cpf":"529982247","dv":"25"'[:17]],
)
def test_the_finder_finds_a_document_with_and_without_punctuation(written: bytes) -> None:
    expected = {CPF} if b"25" in written[-2:] else set()
    assert {hit.word for hit in Finder([CPF]).search(around(written))} == expected


def test_the_finder_finds_the_hash_of_the_digits_of_a_document() -> None:
    digest = hashlib.sha256(b"52998224725").hexdigest().encode()
    assert {hit.word for hit in Finder([CPF]).search(digest)} == {CPF}


def test_the_finder_finds_nothing_where_there_is_nothing() -> None:
    other = b"".join(write("Outra coisa qualquer") for write in WRITINGS.values())
    assert list(Finder([WORD, CPF]).search(other)) == []


@pytest.fixture
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        yield made


async def found_on_disk(service: Probe, word: str) -> set[str]:
    """Folders of the server's data in which the word lies, write-ahead log included."""
    await service.rows("checkpoint")
    folder = Path((await service.rows("show data_directory"))[0][0])
    return {path.relative_to(folder).parts[0] for path, _ in Finder([word]).files(folder)}


async def test_what_is_sealed_is_nowhere_on_the_disk_and_a_planted_control_is(
    service: Probe,
) -> None:
    word, control = f"asma{uuid4().hex}", f"controle{uuid4().hex}"
    await service.record(7, [Said(tenant_id=7, person_id="p-1", words=f"Tem {word} desde 2019")])
    await service.rows(f"create table planted as select '{control}' as words")
    assert await found_on_disk(service, control) == {"base", "pg_wal"}
    assert await found_on_disk(service, word) == set()


async def test_what_parks_lies_sealed_too(service: Probe) -> None:
    word = f"asma{uuid4().hex}"
    async with service.begin(7) as tx:
        sealed = await tx.seal("service:probe", {"words": word})
    await service.rows(
        "insert into parked (tenant_id, event_id, topic, key, type, payload)"
        " values (7, 'e-1', 't', 'k', 'x', $1)",
        sealed,
    )
    assert await found_on_disk(service, word) == set()


def test_a_word_cut_in_two_by_a_page_of_the_log_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres" / "pg_wal"
    folder.mkdir(parents=True)
    first = b"h" * FIRST_HEADER + b"." * (PAGE - FIRST_HEADER - 4) + b"cana"
    second = b"h" * HEADER + b"rinho" + b"." * (PAGE - HEADER - 5)
    (folder / f"00000001{1:08X}{2:08X}").write_bytes(first + second)
    start = (1 << 32) + 2 * SEGMENT
    content = Disk(tmp_path, "", "")._bytes(start, start + len(first + second))
    assert b"canarinho" in content
    assert b"h" * HEADER not in content
