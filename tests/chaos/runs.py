"""The file of a long run: a line for each story, so that what was interrupted goes on."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.story.telling import Told
from tests.chaos.plan import kind_of

Line = dict[str, Any]


def read(file: Path) -> list[Line]:
    """The stories told so far; none where the file is not there yet."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def append(file: Path, told: Told) -> Line:
    """One story more; it counts from then on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = asdict(told) | {"seconds": round(told.seconds)}
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return line


def killed(lines: Iterable[Line]) -> list[Line]:
    """Every victim so far, in the order in which they fell."""
    return [one for line in lines for one in line["fallen"]]


def summary(lines: list[Line], wanted: int) -> list[str]:
    """What a run came to, in words for whoever started it."""
    victims = killed(lines)
    kinds = Counter(kind_of(one["name"]) for one in victims)
    told = [
        f"{len(victims)} de {wanted} mortes em {len(lines)} histórias, "
        f"{sum(line['seconds'] for line in lines)} s",
        f"por tipo: {', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))}",
        f"com fatos por publicar: {sum(one['unpublished'] not in '0?' for one in victims)}; "
        f"com pedidos abertos: {sum(one['requests'] > 0 for one in victims)}",
    ]
    for name, word in (("accepted", "aceitas"), ("present", "com o seu fato")):
        told.append(f"escritas {word}: {sum(line['kept'][name] for line in lines)}")
    for name, word in (("lost", "perdidas"), ("doubled", "dobradas")):
        told.append(f"{word}: {sum(len(line['kept'][name]) for line in lines)}")
    return told


def faults(lines: list[Line], wanted: int, names: Iterable[str]) -> list[str]:
    """Why a run is no success; empty where it is one. `names` are all that should fall."""
    victims = killed(lines)
    kinds = Counter(dict.fromkeys(map(kind_of, names), 0))
    kinds.update(kind_of(one["name"]) for one in victims)
    found = [f"semente {line['seed']}: {what}" for line in lines for what in line["failed"]]
    if len(victims) < wanted:
        found.append(f"só {len(victims)} de {wanted} mortes")
    if 2 * sum(one["requests"] > 0 for one in victims) < len(victims):
        found.append("menos da metade caiu com trabalho em voo")
    least = wanted // len(kinds)
    found += [f"{kind} caiu {n} vezes, menos de {least}" for kind, n in kinds.items() if n < least]
    return found
