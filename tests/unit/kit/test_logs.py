"""A log line tells what happened and never to whom."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from kit.logs import logger, mask, setup_logs

CANARY = "52998224725"


@pytest.fixture(autouse=True)
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    # As an embedded server may have left it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    setup_logs("registry", "registry.app.1")
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def read(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_known_fields_pass_and_others_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    logger("kit.inbox").info("done", topic="erp.acks", person_id="p-1", cpf=CANARY, body={"a": 1})
    [line] = read(capsys)
    assert line["source"] == "kit.inbox"
    assert (line["service"], line["process"]) == ("registry", "registry.app.1")
    assert (line["topic"], line["person_id"]) == ("erp.acks", "p-1")
    assert (line["cpf"], line["body"]) == ("[oculto]", "[oculto]")


def test_exceptions_are_told_without_their_messages(capsys: pytest.CaptureFixture[str]) -> None:
    failure = IntegrityError(
        "insert …", {"cpf": CANARY}, ValueError(f"Key (cpf)=({CANARY}) exists")
    )
    try:
        raise failure from ValueError(CANARY)
    except IntegrityError as caught:
        logger("x").error("failed", exc_info=caught)
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        logging.getLogger("lib").error("failed: %s", caught)
    text = capsys.readouterr().out
    assert text.count("IntegrityError") >= 3
    assert CANARY not in text
    assert "test_logs.py" in text


@pytest.mark.parametrize(
    "text",
    [
        "ana.prado@example.com",
        "529.982.247-25",
        CANARY,
        "+55 (11) 99999-8888",
        "11.222.333/0001-81",
        "eyJhbGciOi.eyJzdWIi.c2ln",
    ],
)
def test_what_looks_like_a_person_is_masked_in_free_text(text: str) -> None:
    assert mask(f"sent to {text} twice") == "sent to [oculto] twice"


@pytest.mark.parametrize(
    "text", ["port 9092", "took 12.5 ms", "topic erp.acks offset 1234567", "id 0192-ab34-7c"]
)
def test_figures_and_ids_are_left_alone(text: str) -> None:
    assert mask(text) == text


def test_a_flood_of_a_library_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("kit.logs.time.monotonic", lambda: now)
    for number in range(300):
        logging.getLogger("aiokafka.client").error("Unable connect to node %s", number)
    logging.getLogger("aiokafka.client").error("Something else")
    assert len(read(capsys)) == 6
    now += 61
    logging.getLogger("aiokafka.client").error("Unable connect to node %s", 1)
    [line] = read(capsys)
    assert line["suppressed"] == 295


def test_only_the_first_line_of_others_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    told = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{CANARY}')>"
    logging.getLogger("asyncio").error(told)
    [line] = read(capsys)
    assert line["event"] == "Task exception was never retrieved"
