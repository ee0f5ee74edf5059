"""The realm file knows the roles and clients of the code, and gives nobody more than they need."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.permissions import ROLES
from deploy.local.processes import CLIENTS, SIGN_IN

FILE = Path(__file__).parents[2] / "deploy" / "keycloak" / "vinculo-realm.json"


@pytest.fixture
def realm() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def test_the_realm_has_the_roles_of_the_contracts(realm: dict[str, Any]) -> None:
    assert {role["name"] for role in realm["roles"]["client"]["vinculo"]} == ROLES.keys()


def test_the_realm_has_our_clients_and_each_may_do_one_thing(realm: dict[str, Any]) -> None:
    clients = {client["clientId"]: client for client in realm["clients"]}
    assert clients.keys() == {"vinculo", SIGN_IN, *CLIENTS}
    for name, client in clients.items():
        assert not client["implicitFlowEnabled"]
        assert not client["directAccessGrantsEnabled"]
        assert client["standardFlowEnabled"] == (name == SIGN_IN)
        assert client["serviceAccountsEnabled"] == (name in CLIENTS)
    assert clients[SIGN_IN]["attributes"]["pkce.code.challenge.method"] == "S256"


def test_the_realm_file_holds_no_secret_and_no_person(realm: dict[str, Any]) -> None:
    secrets = {client["secret"] for client in realm["clients"] if "secret" in client}
    assert all(secret.startswith("${") for secret in secrets)
    assert {user["serviceAccountClientId"] for user in realm["users"]} == set(CLIENTS)
