"""Every alert fires on what it is about, says it in words, and is silent while all is well."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.gotools import VMALERT, ensure
from tests.support.chart import run

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
REQUESTS = "http_server_request_duration_seconds"


@dataclass(frozen=True)
class Fired:
    """Figures every 15 seconds, and the alert that they raise at a moment."""

    series: Mapping[str, str]
    at: str
    labels: Mapping[str, str]
    summary: str


ALSO_LOOKED_AT = ("declaration_attended", "facts_out")


def look(kind: str) -> str:
    """The figure of looks at one thing that must hold."""
    return f'invariants_checked_total{{job="{kind}",kind="{kind}"}}'


CASES = {
    "ProcessGone": Fired(
        {'process_up{process="desk",instance="a"}': "1x8 _x100"},
        "20m",
        {"process": "desk"},
        "desk ran within the last day and tells nothing now",
    ),
    "BackgroundWorkFails": Fired(
        {'background_failures_total{job="registry",activity="relay"}': "0x60 1+1x40"},
        "22m",
        {"job": "registry", "activity": "relay"},
        "relay of registry fails in a way that no waiting mends",
    ),
    "KeysMissing": Fired(
        {'keyring_missing_total{job="registry"}': "_x40 1x10"},
        "11m",
        {"job": "registry"},
        "registry was asked for a person's key that the keyring does not know",
    ),
    "ConsumerBehind": Fired(
        {'consumer_lag{job="contact",topic="registry.events"}': "6000x60"},
        "12m",
        {"job": "contact", "topic": "registry.events"},
        "contact has 6000 messages of registry.events before it",
    ),
    "OutboxOld": Fired(
        {'outbox_age_seconds{job="registry"}': "400x40"},
        "5m",
        {"job": "registry"},
        "A fact of registry waits since 6m 40s to be sent",
    ),
    "KeysParked": Fired(
        {'parked_keys{job="registry",kind="inbox"}': "2x40"},
        "8m",
        {"job": "registry", "kind": "inbox"},
        "2 keys of registry are parked (inbox)",
    ),
    "RecordsUnreadable": Fired(
        {'consumer_unreadable_total{job="registry",topic="erp.enrolments"}': "_x40 1x20"},
        "12m",
        {"job": "registry", "topic": "erp.enrolments"},
        "registry stepped over records of erp.enrolments that it could not read",
    ),
    "FactsUntold": Fired(
        {'listener_untold_total{type="a.b.done.v1",error_type="X"}': "_x40 1x20"},
        "12m",
        {"type": "a.b.done.v1"},
        "A fact a.b.done.v1 should have moved a process and did not",
    ),
    "ProcessesRefused": Fired(
        {'processes_refused_total{error_type="not_found"}': "0x20 1+1x100"},
        "25m",
        {"error_type": "not_found"},
        "A service refuses what processes ask: not_found",
    ),
    "ProcessesFailed": Fired(
        {'processes_failed{kind="cpt_end"}': "0x8 1x8"},
        "3m",
        {"kind": "cpt_end"},
        "1 processes of cpt_end did not end as they should within the last hour",
    ),
    "TasksWait": Fired(
        {'processes_age_seconds{kind="cpt_end"}': "180x40"},
        "8m",
        {"kind": "cpt_end"},
        "A task of cpt_end waits since 3m 0s for a worker",
    ),
    "DeadlinesOverdue": Fired(
        {'deadlines_overdue{kind="declaration"}': "3x40"},
        "8m",
        {"kind": "declaration"},
        "3 moments of declaration passed and nobody acted on them",
    ),
    "InvariantBroken": Fired(
        {'invariants_broken{kind="cpt_at_erp"}': "1x60"},
        "12m",
        {"kind": "cpt_at_erp"},
        "1 cases break cpt_at_erp",
    ),
    "InvariantsUnchecked": Fired(
        {look("cpt_at_erp"): "0+1x4 4x120"} | {look(kind): "0+1x124" for kind in ALSO_LOOKED_AT},
        "25m",
        {"job": "cpt_at_erp", "kind": "cpt_at_erp"},
        "Nobody looked within 15 minutes whether cpt_at_erp holds",
    ),
    "RequestsFail": Fired(
        {
            f'{REQUESTS}_count{{job="desk",http_response_status_code="200"}}': "0+98x60",
            f'{REQUESTS}_count{{job="desk",http_response_status_code="503"}}': "0+2x60",
        },
        "12m",
        {"job": "desk"},
        "2% of the requests to desk fail",
    ),
    "RequestsSlow": Fired(
        {
            f'{REQUESTS}_bucket{{job="desk",le="1"}}': "0+90x80",
            f'{REQUESTS}_bucket{{job="desk",le="2.5"}}': "0+100x80",
            f'{REQUESTS}_bucket{{job="desk",le="+Inf"}}': "0+100x80",
        },
        "18m",
        {"job": "desk"},
        "One in a hundred requests to desk takes more than 2.35s",
    ),
}
WELL = {
    'process_up{process="desk",instance="a"}': "1x240",
    'background_failures_total{job="registry",activity="relay"}': "5x240",
    'keyring_missing_total{job="registry"}': "1x240",
    'consumer_lag{job="contact",topic="registry.events"}': "400x240",
    'outbox_age_seconds{job="registry"}': "2x240",
    'parked_keys{job="registry",kind="inbox"}': "0x240",
    'consumer_unreadable_total{job="registry",topic="erp.enrolments"}': "1x240",
    'listener_untold_total{type="a.b.done.v1",error_type="X"}': "1x240",
    'processes_refused_total{error_type="not_found"}': "7x240",
    'processes_failed{kind="cpt_end"}': "0x240",
    'processes_age_seconds{kind="cpt_end"}': "1x240",
    'deadlines_overdue{kind="declaration"}': "0x240",
    'invariants_broken{kind="cpt_at_erp"}': "0x240",
    **{look(kind): "0+1x240" for kind in ("cpt_at_erp", *ALSO_LOOKED_AT)},
    f'{REQUESTS}_count{{job="desk",http_response_status_code="200"}}': "0+100x240",
    f'{REQUESTS}_count{{job="desk",http_response_status_code="503"}}': "0x240",
    f'{REQUESTS}_bucket{{job="desk",le="1"}}': "0+100x240",
    f'{REQUESTS}_bucket{{job="desk",le="+Inf"}}': "0+100x240",
}


def groups(alerts: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each alert with its group."""
    read = yaml.safe_load(alerts.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: (group["name"], rule) for group in read for rule in group["rules"]}


def block(series: Mapping[str, str], tests: Iterable[dict[str, Any]]) -> dict[str, Any]:
    given = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "15s", "input_series": given, "alert_rule_test": list(tests)}


def firing(alerts: Path, name: str, case: Fired) -> dict[str, Any]:
    group, rule = groups(alerts)[name]
    wanted = {
        "exp_labels": {"severity": rule["labels"]["severity"], **case.labels},
        "exp_annotations": {"summary": case.summary, "runbook": rule["annotations"]["runbook"]},
    }
    asked = {"alertname": name, "groupname": group, "eval_time": case.at, "exp_alerts": [wanted]}
    return block(case.series, [asked])


def silent(alerts: Path) -> dict[str, Any]:
    asked = [
        {"alertname": name, "groupname": group, "eval_time": at, "exp_alerts": []}
        for name, (group, _) in groups(alerts).items()
        for at in ("20m", "55m")
    ]
    return block(WELL, asked)


def told(alerts: Path, tests: list[dict[str, Any]], folder: Path) -> str:
    """What the checker says against it; nothing when all came as it should."""
    file = folder / "tests.yml"
    made = {"rule_files": [str(alerts)], "evaluation_interval": "15s", "tests": tests}
    file.write_text(yaml.safe_dump(made), encoding="utf-8")
    done = run(ensure(VMALERT), "unittest", f"--files={file}")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_alert_has_its_fault() -> None:
    assert set(CASES) == set(groups(ALERTS))


@pytest.mark.parametrize("name", CASES)
def test_an_alert_fires_on_its_fault_and_says_so_in_words(name: str, tmp_path: Path) -> None:
    assert told(ALERTS, [firing(ALERTS, name, CASES[name])], tmp_path) == ""


@pytest.mark.parametrize("kind", ["declaration_attended", "facts_out", "facts_unrecorded"])
def test_each_thing_that_must_hold_has_an_alert_of_its_own(kind: str, tmp_path: Path) -> None:
    broken = Fired(
        {f'invariants_broken{{kind="{kind}"}}': "2x60"},
        "12m",
        {"kind": kind},
        f"2 cases break {kind}",
    )
    assert told(ALERTS, [firing(ALERTS, "InvariantBroken", broken)], tmp_path) == ""


def test_one_look_of_which_nobody_ever_told_is_missed(tmp_path: Path) -> None:
    absent = Fired(
        {look(kind): "0+1x124" for kind in ("cpt_at_erp", "facts_out")},
        "25m",
        {"kind": "declaration_attended"},
        "Nobody looked within 15 minutes whether declaration_attended holds",
    )
    assert told(ALERTS, [firing(ALERTS, "InvariantsUnchecked", absent)], tmp_path) == ""


def test_while_all_is_well_nobody_is_woken(tmp_path: Path) -> None:
    assert told(ALERTS, [silent(ALERTS)], tmp_path) == ""


def test_planted_faults_a_deaf_alert_and_one_that_cries_at_nothing_are_told(tmp_path: Path) -> None:
    text = ALERTS.read_text(encoding="utf-8")
    changed = tmp_path / "alerts.yml"
    changed.write_text(text.replace("(parked_keys) > 0", "(parked_keys) > 5"))
    assert "KeysParked" in told(
        changed, [firing(changed, "KeysParked", CASES["KeysParked"])], tmp_path
    )
    changed.write_text(text.replace("(consumer_lag) > 5000", "(consumer_lag) > 50"))
    assert "ConsumerBehind" in told(changed, [silent(changed)], tmp_path)
