"""Imports an official table: `python -m services.health_declaration.gateways.official_files`.

    … rol VERSION rol.csv                    the ANS correlation TUSS × Rol (UTF-8)
    … tuss VERSION tabela22.csv rol.csv      names of the TUSS procedures (UTF-8)
    … cid10 VERSION categorias.csv subcategorias.csv   the DATASUS files (Latin-1)

Writes a compact copy beside the others and its source, version and hashes into the manifest. A
version that exists is never overwritten: signed CPTs and running cases refer to it.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.health_declaration.gateways.reference import DATA
from services.health_declaration.rules.official import (
    BadOfficialFile,
    parse_cid10,
    parse_rol,
    parse_tuss,
    to_compact,
)

Compact = Callable[..., str]


@dataclass(frozen=True)
class Kind:
    """One kind of official table: how its files read, and who publishes it."""

    compact: Compact
    files: int
    encoding: str
    source: str


KINDS = {
    "cid10": Kind(lambda *texts: to_compact(parse_cid10(*texts)), 2, "latin-1", "DATASUS, CID-10"),
    "rol": Kind(
        lambda *texts: to_compact(parse_rol(*texts)), 1, "utf-8-sig", "ANS, correlação TUSS × Rol"
    ),
    "tuss": Kind(
        lambda *texts: to_compact(parse_tuss(*texts)),
        2,
        "utf-8-sig",
        "ANS, TUSS tabela 22 e correlação TUSS × Rol",
    ),
}


def import_table(kind: str, version: str, files: Sequence[Path], data: Path = DATA) -> int:
    """Rows imported. Raises BadOfficialFile, FileExistsError, or UnicodeDecodeError."""
    how = KINDS[kind]
    if len(files) != how.files:
        raise BadOfficialFile(f"{kind} pede {how.files} arquivo(s)")
    target = data / f"{kind}.{version}.tsv.gz"
    if target.exists():
        raise FileExistsError(f"a versão {version} de {kind} já foi importada")
    text = how.compact(*(path.read_text(how.encoding) for path in files)).encode()
    rows = text.count(b"\n")
    packed = gzip.compress(text, mtime=0)
    target.write_bytes(packed)
    entry = {
        "file": target.name,
        "source": how.source,
        "version": version,
        "encoding": how.encoding,
        "originals": {path.name: _sha256(path.read_bytes()) for path in files},
        "rows": rows,
        "sha256": _sha256(packed),
        "text_sha256": _sha256(text),
    }
    _note(data / "manifest.json", f"{kind}@{version}", entry)
    return rows


def _note(manifest: Path, name: str, entry: dict[str, Any]) -> None:
    known = json.loads(manifest.read_text()) if manifest.exists() else {"tables": {}}
    known["tables"][name] = entry
    manifest.write_text(json.dumps(known, ensure_ascii=False, indent=2) + "\n")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Reads the command line; 1 with one sentence when the file cannot be imported."""
    parser = argparse.ArgumentParser(description="importa uma tabela oficial")
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("version")
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    try:
        rows = import_table(asked.kind, asked.version, asked.files)
    except (BadOfficialFile, OSError, UnicodeDecodeError) as refused:
        sys.stderr.write(f"não importada: {refused}\n")
        return 1
    sys.stdout.write(f"{asked.kind} {asked.version}: {rows} linhas importadas\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
