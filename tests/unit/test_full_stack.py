"""What the full stack's parts are told, and who falls when; their servers are asked elsewhere."""

from itertools import count
from pathlib import Path

import pytest

from deploy.identity import account, login
from deploy.local import kafka, oidc
from deploy.local.environment import topics
from deploy.local.full import temporal_config
from deploy.local.paths import is_full, run_folder
from deploy.local.processes import port_names
from deploy.local.vault import Vault
from deploy.local.world import World


def world(run: Path, *, full: bool) -> World:
    ports = dict(zip(port_names(full=full), count(20_000), strict=False))
    return World(run, ports, Vault(run), "kafka", frozenset(), full)


def test_three_brokers_vote_with_each_other_and_keep_three_copies(tmp_path: Path) -> None:
    found = world(tmp_path, full=True)
    told = [kafka.settings(found, name) for name in found.brokers]
    assert [one["node.id"] for one in told] == ["1", "2", "3"]
    assert len({one["controller.quorum.voters"] for one in told}) == 1
    assert len({one["log.dirs"] for one in told}) == 3
    for one in told:
        copies = one["offsets.topic.replication.factor"], one["min.insync.replicas"]
        assert copies == ("3", "2")
    assert len(found.bootstrap.split(",")) == 3
    made = topics(found).env
    assert made["VINCULO_KAFKA_REPLICATION"] == "3"
    assert made["VINCULO_KAFKA_MIN_INSYNC"] == "2"


def test_one_broker_keeps_one_copy(tmp_path: Path) -> None:
    found = world(tmp_path, full=False)
    assert found.brokers == ("kafka",)
    told = kafka.settings(found, "kafka")
    assert told["offsets.topic.replication.factor"] == "1"
    assert "min.insync.replicas" not in told
    assert topics(found).env["VINCULO_KAFKA_REPLICATION"] == "1"


def test_temporal_keeps_both_its_stores_in_postgres_by_a_login_of_its_own(tmp_path: Path) -> None:
    found = world(tmp_path, full=True)
    stores = temporal_config.settings(found)["persistence"]["datastores"]
    assert {one["sql"]["databaseName"] for one in stores.values()} == set(stores)
    assert {one["sql"]["user"] for one in stores.values()} == {"temporal"}
    assert {one["sql"]["connectAddr"] for one in stores.values()} == {found.address("postgres")}


def test_tokens_come_from_keycloak_in_the_full_stack_alone(tmp_path: Path) -> None:
    found = world(tmp_path / "a", full=True)
    assert oidc.issuer(found) == f"{found.url('keycloak')}/realms/vinculo"
    assert "keycloak" in oidc.told(found)
    small = world(tmp_path / "b", full=False)
    assert oidc.issuer(small) == f"{small.url('sandbox.app')}/issuer"
    assert "keycloak" not in oidc.told(small)


def test_two_operators_may_have_somebody_of_the_same_name() -> None:
    people = [
        {"tenant": tenant, "sub": "balcao", "name": "B", "roles": ["desk"]} for tenant in (1, 2)
    ]
    assert [login(one) for one in people] == ["balcao@1", "balcao@2"]
    accounts = [account(one, "x") for one in people]
    assert [one["attributes"]["subject"] for one in accounts] == [["balcao"], ["balcao"]]
    assert [one["attributes"]["tenant"] for one in accounts] == [["1"], ["2"]]


def test_each_stack_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VINCULO_RUN", raising=False)
    monkeypatch.setenv("STACK", "full")
    assert is_full()
    assert run_folder().parts[-2:] == (".run", "full")
    monkeypatch.delenv("STACK")
    assert run_folder().parts[-1] == ".run"
