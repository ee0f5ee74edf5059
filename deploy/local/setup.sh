#!/bin/sh
# Finds a Python, then fetches what the lock files name into .tools/ and .venv/.
# Quick and offline when nothing changed: each part keeps the hash of the lock it came from.
set -eu
cd "$(dirname "$0")/../.."
umask 022

runs() {
    "$1" -c 'import sys, ssl, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info < (3, 14))' \
        >/dev/null 2>&1
}

find_python() {
    for candidate in ${VINCULO_PYTHON:-} python3.13 python3.12 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python \
        "$HOME"/.local/share/uv/python/cpython-3.1[23]*/bin/python3 \
        /opt/*/bin/python3.13 /opt/*/bin/python3.12; do
        # A pyenv shim is found by name and still fails: only running it tells.
        if runs "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "Instale o Python 3.12 ou 3.13 com o módulo venv (Debian/Ubuntu: apt install python3.12 python3.12-venv; ou pyenv install 3.13) e rode de novo." >&2
    return 1
}

digest() { cat "$@" | cksum | tr ' ' '-'; }
fresh() { [ -x "$1" ] && [ "$(cat "$2" 2>/dev/null)" = "$3" ]; }

set_up_uv() {
    uv_lock=$(digest deploy/local/uv.txt)
    if fresh .tools/py/bin/uv .tools/py/.setup "$uv_lock"; then return; fi
    python=$(find_python)
    echo "preparando o instalador (uv) em .tools/"
    rm -rf .tools/py
    "$python" -m venv .tools/py
    .tools/py/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r deploy/local/uv.txt
    echo "$uv_lock" >.tools/py/.setup
}

set_up_venv() {
    lock=$(digest uv.lock)
    if fresh .venv/bin/python .venv/.setup "$lock" && .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    set_up_uv
    python=$(find_python)
    echo "instalando as dependências travadas (uv.lock) em .venv/"
    UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR="$PWD/.tools/uv-cache" \
        .tools/py/bin/uv sync --frozen --quiet --python "$python"
    echo "$lock" >.venv/.setup
}

mkdir -p .tools
if command -v flock >/dev/null 2>&1; then
    exec 9>.tools/.setup-lock
    flock 9
fi
set_up_venv
if [ "${BROKER:-}" != light ]; then
    .venv/bin/python -m deploy.local.jars
fi
if [ "${STACK:-}" = full ]; then
    .venv/bin/python -m deploy.local.full.fetch
fi
