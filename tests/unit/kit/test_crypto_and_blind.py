"""Sealing bytes, key-encryption keys and blind indexes."""

import base64
from pathlib import Path

import pytest

from kit.blind import BlindIndex
from kit.crypto import KekFile, Keks, Unreadable, new_key, open_bytes, seal_bytes

KEK = base64.b64encode(b"k" * 32).decode()


def test_sealed_bytes_open_only_with_the_key_and_the_place() -> None:
    key = new_key()
    sealed = seal_bytes(key, b"segredo", b"aqui")
    assert open_bytes(key, sealed, b"aqui") == b"segredo"
    assert sealed != seal_bytes(key, b"segredo", b"aqui")
    for other_key, other_place in ((new_key(), b"aqui"), (key, b"ali")):
        with pytest.raises(Unreadable):
            open_bytes(other_key, sealed, other_place)


@pytest.mark.parametrize("change", [lambda s: b"", lambda s: s[:13], lambda s: b"\2" + s[1:]])
def test_another_format_is_refused(change) -> None:
    key = new_key()
    with pytest.raises(Unreadable):
        open_bytes(key, change(seal_bytes(key, b"x", b"")), b"")


def test_every_bit_is_protected() -> None:
    key = new_key()
    sealed = seal_bytes(key, b"segredo", b"")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            open_bytes(key, bytes(changed), b"")


def test_the_first_kek_wraps_and_all_unwrap() -> None:
    old = Keks.parse(f"a:{KEK}")
    both = Keks.parse(f"b:{base64.b64encode(b'n' * 32).decode()}, a:{KEK}")
    wrapped = old.wrap(b"data", b"")
    assert both.current == "b"
    assert both.unwrap("a", wrapped, b"") == b"data"
    with pytest.raises(Unreadable):
        both.unwrap("c", wrapped, b"")
    assert KEK not in repr(both)


def test_a_new_kek_wraps_and_only_the_one_before_it_is_kept() -> None:
    first = Keks.parse(f"a:{KEK}")
    second = first.succeeded_by("b")
    third = second.succeeded_by("c")
    assert (second.current, set(second.keys)) == ("b", {"a", "b"})
    assert (third.current, set(third.keys)) == ("c", {"b", "c"})
    assert Keks.parse(third.text()) == third
    assert third.text().startswith("c:")
    assert third.unwrap("b", second.wrap(b"data", b""), b"") == b"data"


def test_a_file_of_keks_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    path.write_text(f"a:{KEK}")
    keks = KekFile(path)
    assert keks() is keks()
    wrapped = keks().wrap(b"data", b"")
    beside = tmp_path / "new"
    beside.write_text(keks().succeeded_by("b").text())
    beside.replace(path)
    assert keks().current == "b"
    assert keks().unwrap("a", wrapped, b"") == b"data"


@pytest.mark.parametrize("text", ["", "a", "a:", "a:AAAA", f":{KEK}", f"a:{KEK},a:{KEK}", "a:é"])
def test_a_bad_kek_list_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="key-encryption key") as refusal:
        Keks.parse(text)
    assert KEK not in str(refusal.value)


def test_a_digest_tells_equality_within_kind_and_tenant_only() -> None:
    index = BlindIndex(b"i" * 32)
    digest = index.digest("cpf", 1, "52998224725")
    assert len(bytes.fromhex(digest)) == 16
    assert digest == index.digest("cpf", 1, "52998224725")
    others = [
        index.digest("cns", 1, "52998224725"),
        index.digest("cpf", 2, "52998224725"),
        BlindIndex(b"j" * 32).digest("cpf", 1, "52998224725"),
    ]
    assert len({digest, *others}) == 4
    with pytest.raises(ValueError, match="32 bytes"):
        BlindIndex(b"short")
