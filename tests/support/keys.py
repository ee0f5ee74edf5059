"""Keys of the tests' own, drawn anew."""

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="vinculo-keks-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(os.urandom(32)).decode()


def kek_file() -> str:
    """A file with one key of keys, as a process is given it."""
    path = FOLDER / os.urandom(8).hex()
    path.write_text(f"k1:{random_key()}", encoding="ascii")
    return str(path)
