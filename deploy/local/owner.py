"""Postgres refuses to run as root: who runs it then, and how to become that user."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path


class NoOwner(Exception):
    """No user of this machine can run Postgres from this folder."""


@dataclass(frozen=True)
class Owner:
    """A user and the words to put before a command so that it runs as that user."""

    uid: int
    gid: int
    prefix: tuple[str, ...]

    def give(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def owner_of(*needed: Path) -> Owner:
    """Ourselves; as root, an unprivileged user who can reach the needed paths."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), ())
    user = unprivileged()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoOwner("Falta o comando setpriv (pacote util-linux); ou rode como outro usuário.")
    prefix = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not all(open_to_all(path) for path in needed):
        # A checkout under root's home: let the user pass closed folders, and nothing else.
        # The fix-up is left out because access(2), which initdb asks, would drop the ability.
        prefix += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        prefix += ["--securebits=+no_setuid_fixup"]
    return Owner(user.pw_uid, user.pw_gid, (*prefix, "--"))


def unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoOwner("Crie o usuário nobody, ou rode como um usuário que não seja root.")


def open_to_all(path: Path) -> bool:
    """Whether others may walk through every folder above."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
