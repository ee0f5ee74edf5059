"""The chart starts what deploy/local/processes.py starts, as clusters accept it."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.topics import EXTERNAL, TOPICS, Topic
from deploy.local.processes import PROCESSES
from tests.support import chart
from tests.support.chart import CHART, NEWEST, OLDEST, SANDBOX, NotRendered, Object
from tests.support.started import faults, jobs, operations, unknown
from workflows.worker import PROCESSES as QUEUES

KEPT, ONCE, LATER = ("Deployment",), ("Job",), ("CronJob",)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    for version in (OLDEST, NEWEST):
        chart.schemas(folder, version)
    return folder


@pytest.fixture(scope="module")
def sandbox() -> list[Object]:
    return chart.objects(chart.render(SANDBOX))


@pytest.fixture(scope="module")
def production() -> list[Object]:
    return chart.objects(chart.render())


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Callable[[str, str, str], Path]]:
    """A copy of the chart in which files are changed, one after the other."""

    def changed(name: str, old: str, new: str) -> Path:
        there = tmp_path / "vinculo"
        if not there.exists():
            shutil.copytree(CHART, there)
        file = there / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return there

    return changed


@pytest.mark.parametrize("values", [(), (SANDBOX,)], ids=["production", "sandbox"])
def test_helm_finds_nothing_wrong_with_the_chart(values: tuple[Path, ...]) -> None:
    assert chart.lint(CHART, *values) == []


@pytest.mark.parametrize(
    ("values", "version"),
    [((), NEWEST), ((SANDBOX,), NEWEST), ((SANDBOX,), OLDEST)],
    ids=["production", "sandbox", "sandbox on an old cluster"],
)
def test_a_cluster_would_take_every_object(
    schemas: Path, values: tuple[Path, ...], version: str
) -> None:
    assert chart.unfit(chart.render(*values, version=version), schemas, version) == []


def test_where_things_are_tried_every_process_job_and_operation_is_started_the_same_way(
    sandbox: list[Object],
) -> None:
    for kinds, wanted in ((KEPT, list(PROCESSES)), (ONCE, jobs()), (LATER, operations())):
        found = chart.started(sandbox, *kinds)
        assert faults(found, wanted) == []
        assert unknown(found, wanted) == []


def test_where_people_are_the_stand_ins_alone_are_left_out(production: list[Object]) -> None:
    for kinds, wanted in ((KEPT, list(PROCESSES)), (ONCE, jobs()), (LATER, operations())):
        found = chart.started(production, *kinds)
        kept = [process for process in wanted if process.group != "sandbox"]
        assert faults(found, kept) == []
        assert unknown(found, kept) == []
    for one in chart.started(production, *KEPT):
        assert one.variables["VINCULO_SANDBOX"] == "false"
    assert "sandbox.clock" not in str(production)


def test_planted_faults_a_process_that_the_chart_starts_otherwise_is_told(
    copied: Callable[[str, str, str], Path],
) -> None:
    for old, new in (
        ("app: services.worklist.app:create", "app: services.worklist.other:create"),
        ("gives: [common, health, temporal, kafka]", "gives: [common, health, temporal]"),
        ("replicas: 2\n    scale: {cpu: 70, most: 8}", "replicas: 1"),
    ):
        there = copied("values.yaml", old, new)
    told = faults(chart.started(chart.objects(chart.render(SANDBOX, chart=there)), *KEPT))
    assert "worklist.app is not started" in told
    assert "workflows.listener lacks VINCULO_KAFKA_SERVERS" in told
    assert "registry.app starts 1 of 2" in told


def test_planted_faults_what_has_no_value_or_is_no_set_is_not_rendered(
    copied: Callable[[str, str, str], Path],
) -> None:
    for old, new, words in (
        ("oidc, console]", "oidc, consoles]", "no variables are called consoles"),
        ("oidc, consoles]", "oidc, console]", ""),
        ("  VINCULO_ANS_REGISTER:", "  VINCULO_ANS:", "no value for VINCULO_ANS_REGISTER"),
    ):
        there = copied("values.yaml", old, new)
        if words:
            with pytest.raises(NotRendered, match=words):
                chart.render(chart=there)


def test_planted_faults_what_a_cluster_would_refuse_or_drop_is_told(
    schemas: Path, copied: Callable[[str, str, str], Path]
) -> None:
    copied("templates/_helpers.tpl", "revisionHistoryLimit: 3", "revisionLimit: 3")
    copied("templates/scaling.yaml", "maxReplicaCount", "maxReplicas")
    there = copied("templates/network.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: 2")
    told = chart.unfit(chart.render(chart=there), schemas)
    for kind, words in (
        ("Deployment", "revisionLimit"),
        ("ScaledObject", "maxReplicas"),
        ("NetworkPolicy", "policyTypes"),
    ):
        assert [line for line in told if line.startswith(kind) and words in line], told


def test_planted_faults_what_helm_itself_finds_wrong_is_told(
    copied: Callable[[str, str, str], Path],
) -> None:
    assert chart.lint(copied("Chart.yaml", "version: 0.1.0", "version: one"))
    assert chart.lint(copied("templates/http.yaml", "{{- end }}", "{{- stop }}"))


def waiting(found: list[Object], topics: tuple[Topic, ...] = TOPICS) -> list[str]:
    """Groups and queues whose backlog makes nothing grow, or makes more than can share it."""
    grown: dict[str, int] = {}
    for one in found:
        for trigger in one["spec"]["triggers"] if one["kind"] == "ScaledObject" else ():
            by = trigger["metadata"].get("consumerGroup") or trigger["metadata"].get("taskQueue")
            grown[f"{trigger['type']} {by}"] = one["spec"]["maxReplicaCount"]
    shared: dict[str, int] = {}
    for topic in topics:
        for group in set(topic.consumers) - {EXTERNAL, "every service"}:
            shared[f"kafka {group}"] = max(shared.get(f"kafka {group}", 0), topic.partitions)
    wanted = [*shared, *(f"temporal {queue}" for queue in QUEUES)]
    told = [f"nothing grows with {one}" for one in wanted if one not in grown]
    return told + [
        f"{one} has {most} partitions for {grown[one]} processes"
        for one, most in shared.items()
        if grown.get(one, 0) > most
    ]


def test_lag_and_backlog_make_processes_grow_as_far_as_they_can_share(
    production: list[Object], copied: Callable[[str, str, str], Path]
) -> None:
    assert waiting(production) == []
    for old, new in (
        ("{group: listener, lag: 500, most: 6}", "{cpu: 70, most: 6}"),
        ("queue: cpt_end", "queue: cpt_ends"),
        ("group: registry, lag: 500, most: 6", "group: registry, lag: 5, most: 9"),
    ):
        there = copied("values.yaml", old, new)
    assert waiting(chart.objects(chart.render(chart=there))) == [
        "nothing grows with kafka listener",
        "nothing grows with temporal cpt_end",
        "kafka registry has 6 partitions for 9 processes",
    ]


def wrong_logins(acls: list[dict[str, Any]], topics: tuple[Topic, ...] = TOPICS) -> list[str]:
    """Where a login may do more or less on the bus than the registry of topics says."""
    partner = {"notus"}
    told = []
    for one in acls:
        login = one["login"]
        names = {EXTERNAL} if login in partner else {login}
        writes = {topic.name for topic in topics if topic.owner in names}
        # Its own too: it compares what is there with what it sent (kit.facts_out).
        own = set() if login in partner else writes
        reads = own | {topic.name for topic in topics if names & set(topic.consumers)}
        reads -= {"sandbox.clock"}
        told += [f"{login} writes {name}" for name in sorted(writes ^ set(one.get("writes", ())))]
        told += [f"{login} reads {name}" for name in sorted(reads ^ set(one.get("reads", ())))]
    owners = {topic.owner for topic in topics} - {EXTERNAL}
    return told + [f"{name} has no login" for name in sorted(owners - {a["login"] for a in acls})]


def test_a_login_may_do_on_the_bus_what_the_registry_of_topics_says_and_no_more(
    production: list[Object],
) -> None:
    acls = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))["kafka"]["acls"]
    assert wrong_logins(acls) == []
    contact = next(one for one in acls if one["login"] == "contact")
    contact["writes"] = [*contact["writes"], "registry.events"]
    contact["reads"] = [one for one in contact["reads"] if one != "registry.events"]
    assert wrong_logins(acls) == ["contact writes registry.events", "contact reads registry.events"]
    assert "worklist has no login" in wrong_logins([contact])
    named = dict(chart.containers(production))
    script = named["Job vinculo-kafka-acls"]["command"][2]
    lines = re.findall(r"User:(\w+) --operation Write --operation Describe --topic (.+)", script)
    assert ("health_declaration", "health_declaration.events --topic erp.cpt") in lines
    assert "sandbox" not in {login for login, _ in lines}
