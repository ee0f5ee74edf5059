"""S3, the agenda: weeks of local days, who waits and until when, times given, booked, missed."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest

from tests.support.agenda import ZONE, Ward
from tests.support.console import World
from tests.support.interviewing import give
from tests.support.page import Page, fields, said


@pytest.fixture
def ward(console: World) -> Ward:
    return Ward(console, console.tenant())


def cell(shown: Page, hour: str, day: str) -> str:
    """What stands in the calendar at an hour of a day (dd/mm)."""
    table = next(one for one in shown.all("table") if one.get("class") == "week")
    heads = [said(one) for one in table.iter("th") if one.get("scope") == "col"]
    at = next(index for index, head in enumerate(heads) if day in head)
    row = next(one for one in table.iter("tr") if _head(one) == hour)
    return said(row.findall("td")[at - 1])


def _head(row: Element) -> str:
    head = row.find("th")
    return said(head) if head is not None else ""


def section(shown: Page, title: str) -> str:
    return said(shown.one("section", aria_labelledby=title))


def sunday(ward: Ward, weeks: int = 1) -> datetime:
    """21:49 of the last day of a coming week, which in UTC is a Monday already."""
    today = ward.desk.today()
    day = today + timedelta(days=6 - today.weekday(), weeks=weeks)
    return datetime.combine(day, time(21, 49), ZONE).astimezone(UTC)


async def test_a_week_with_more_than_a_page_shows_says_so(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = sunday(ward)
    await give(ward.desk, at, at - timedelta(hours=1), doctor="mara")
    await give(ward.desk, at, doctor="milo")
    week = f"/entrevistas?semana={at.astimezone(ZONE).date().isoformat()}"
    sergio = await ward.browser("sergio")
    assert "mais horários" not in (await sergio.get(week)).text
    monkeypatch.setattr("services.console.queries.agenda.MOST", 3)
    assert "escolha um médico para ver todos os dele" in (await sergio.get(week)).text
    assert "mais horários" not in (await sergio.get(f"{week}&medico=milo")).text


async def test_21_49_of_a_sunday_stands_on_that_sunday_and_not_in_the_next_week(
    ward: Ward,
) -> None:
    at = sunday(ward)
    await give(ward.desk, at, doctor="mara")
    day = at.astimezone(ZONE).date()
    sergio = await ward.browser("sergio")
    shown = await sergio.get(f"/entrevistas?semana={day.isoformat()}")
    assert shown.status == 200, shown.text
    words = cell(shown, "21:49", day.strftime("%d/%m"))
    assert "livre" in words
    assert "mara, 30 min" in words
    after = await sergio.get(f"/entrevistas?semana={(day + timedelta(days=1)).isoformat()}")
    assert "Nenhum horário nesta semana" in after.text


async def test_at_21_49_today_is_still_the_local_day(ward: Ward) -> None:
    ward.jump(ward.at(1, 21, 49))
    shown = await (await ward.browser("sergio")).get("/entrevistas")
    today = ward.desk.today()
    assert ward.desk.now().date() == today + timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    assert fields(shown.form("/entrevistas"))["semana"] == monday.isoformat()


async def test_the_week_shows_what_is_open_and_what_is_taken_by_whom(ward: Ward) -> None:
    at = ward.at(8, 9)
    awaited = await ward.booked(at)
    await give(ward.desk, at + timedelta(minutes=30), doctor="milo")
    day = at.astimezone(ZONE)
    sergio = await ward.browser("sergio")
    shown = await sergio.get(f"/entrevistas?semana={day.date().isoformat()}")
    taken = cell(shown, "09:00", day.strftime("%d/%m"))
    assert "marcada" in taken
    assert "Bia Moura" in taken
    assert shown.has("a", href=awaited.url)
    assert "livre" in cell(shown, "09:30", day.strftime("%d/%m"))
    assert "1 horário livre, 1 entrevista." in shown.text
    only = await sergio.get(f"/entrevistas?semana={day.date().isoformat()}&medico=milo")
    assert "Bia Moura" not in section(only, "week-title")
    assert "milo" in section(only, "week-title")
    assert fields(only.form("/entrevistas"))["medico"] == "milo"


async def test_weeks_are_turned_by_links_and_the_doctor_stays(ward: Ward) -> None:
    sergio = await ward.browser("sergio")
    shown = await sergio.get("/entrevistas?semana=2026-11-25&medico=mara")
    weeks = shown.one("nav", aria_label="Semanas")
    assert [one.get("href") for one in weeks.iter("a")] == [
        "/entrevistas?semana=2026-11-16&medico=mara",
        "/entrevistas?medico=mara",
        "/entrevistas?semana=2026-11-30&medico=mara",
    ]
    assert "De 23/11/2026 a 29/11/2026" in shown.text


@pytest.mark.parametrize("week", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31"])
async def test_an_address_that_names_no_week_opens_this_one(ward: Ward, week: str) -> None:
    shown = await (await ward.browser("sergio")).get(f"/entrevistas?semana={week}")
    today = ward.desk.today()
    assert shown.status == 200
    assert f"De {today - timedelta(days=today.weekday()):%d/%m/%Y}" in shown.text


async def test_whoever_waits_longest_stands_first_and_a_time_that_lacks_is_told(
    ward: Ward,
) -> None:
    await ward.waiting("Bia Moura")
    ward.jump(ward.at(1, 12))
    await ward.waiting("Caio Prates")
    sergio = await ward.browser("sergio")
    waiting = section(await sergio.get("/entrevistas"), "waiting-title")
    assert waiting.index("Bia Moura") < waiting.index("Caio Prates")
    assert "Sem horário até o prazo (" in waiting
    await give(ward.desk, ward.at(4, 9), doctor="mara")
    waiting = section(await sergio.get("/entrevistas"), "waiting-title")
    assert "Sem horário" not in waiting
    assert "há horário em" in waiting


async def test_a_time_after_the_term_helps_nobody(ward: Ward) -> None:
    awaited = await ward.waiting()
    await give(ward.desk, ward.at(60, 9), doctor="mara")
    shown = await (await ward.browser("sergio")).get("/entrevistas")
    assert "Sem horário até o prazo (" in section(shown, "waiting-title")
    assert shown.has("a", href=awaited.url)


def giving(ward: Ward, **more: str) -> dict[str, str]:
    day = ward.desk.today() + timedelta(days=7)
    usual = {"doctor": "mara", "day": day.isoformat(), "start": "08:00", "end": "10:00"}
    return usual | {"minutes": "30"} | more


async def test_times_are_shown_before_they_are_given_and_one_may_be_left_out(
    ward: Ward,
) -> None:
    sergio = await ward.browser("sergio")
    form = await sergio.get("/entrevistas/horarios")
    seen = await sergio.send(form, "/entrevistas/horarios", step="look", **giving(ward))
    assert seen.status == 200
    assert "4 horários em" in seen.text
    assert (await ward.desk.get("sara", "/slots")).json()["items"] == []
    ticked = fields(seen.form("/entrevistas/horarios"))
    names = [name for name in ticked if name.startswith("slot.")]
    assert len(names) == 4
    left = {name: value for name, value in ticked.items() if name != names[1]}
    given = await sergio.post("/entrevistas/horarios", left | {"step": "give"})
    assert given.status == 200, given.text
    assert "3 horários dados." in given.text
    slots = (await ward.desk.get("sara", "/slots")).json()["items"]
    local = [datetime.fromisoformat(one["starts_at"]).astimezone(ZONE) for one in slots]
    assert [f"{one:%H:%M}" for one in local] == ["08:00", "09:00", "09:30"]
    assert {one["doctor"] for one in slots} == {"mara"}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("doctor", " ", "Diga quem atende."),
        ("day", "", "Escolha o dia."),
        ("start", "", "Escolha a hora do começo."),
        ("end", "07:00", "Entre o começo e o fim não cabe nenhum horário."),
        ("minutes", "5", "De 10 a 120 minutos."),
    ],
)
async def test_what_is_missing_is_told_at_its_field(
    ward: Ward, field: str, value: str, told: str
) -> None:
    sergio = await ward.browser("sergio")
    again = await sergio.post("/entrevistas/horarios", giving(ward, **{field: value}))
    assert again.status == 422
    assert said(again.one("p", id=f"{field}-wrong")) == told
    assert again.one("input", id=field).get("aria-invalid") == "true"


async def test_times_that_overlap_or_are_past_are_refused_and_the_form_stays(
    ward: Ward,
) -> None:
    sergio = await ward.browser("sergio")
    day = ward.desk.today() + timedelta(days=7)
    await give(ward.desk, ward.at(7, 8, 15), doctor="mara")
    seen = await sergio.post("/entrevistas/horarios", giving(ward))
    refused = await sergio.send(seen, "/entrevistas/horarios", step="give")
    assert refused.status == 422
    assert f"Horários sobrepostos em {day:%d/%m/%Y} às 08:15." in refused.text
    assert fields(refused.form("/entrevistas/horarios"))["doctor"] == "mara"
    gone = giving(ward, day=(ward.desk.today() - timedelta(days=1)).isoformat())
    seen = await sergio.post("/entrevistas/horarios", gone)
    refused = await sergio.send(seen, "/entrevistas/horarios", step="give")
    assert (refused.status, "O horário já passou." in refused.text) == (422, True)


async def test_times_sent_twice_are_given_once(ward: Ward) -> None:
    sergio = await ward.browser("sergio")
    seen = await sergio.post("/entrevistas/horarios", giving(ward))
    for _ in range(2):
        given = await sergio.send(seen, "/entrevistas/horarios", step="give")
        assert given.status == 200
    assert len((await ward.desk.get("sara", "/slots")).json()["items"]) == 4
    trail = await ward.desk.audit_trail("slots", "slots.given")
    assert len(trail) == 1


async def test_the_scheduler_books_for_somebody_who_called(ward: Ward) -> None:
    awaited = await ward.waiting()
    await give(ward.desk, ward.at(5, 9), doctor="mara")
    sergio = await ward.browser("sergio")
    shown = await sergio.get(awaited.url)
    slot = shown.one("input", name="slot_id").get("value", "")
    none = await sergio.send(shown, f"{awaited.url}/marcar")
    assert (none.status, said(none.one("p", id="slot-wrong"))) == (422, "Escolha um horário.")
    done = await sergio.send(shown, f"{awaited.url}/marcar", slot_id=slot, in_person="sim")
    assert done.status == 200, done.text
    assert "Entrevista marcada" in done.text
    assert "presencial" in done.text
    assert len(await awaited.phone.contacts("ds.interview_booked")) == 1


async def test_of_two_bookings_of_one_time_the_second_reads_the_next_free(ward: Ward) -> None:
    first, second = await ward.waiting(), await ward.waiting("Caio Prates")
    await give(ward.desk, ward.at(5, 9), ward.at(6, 10), doctor="mara")
    sergio = await ward.browser("sergio")
    pages = [await sergio.get(one.url) for one in (first, second)]
    slot = pages[0].all("input", name="slot_id")[0].get("value", "")
    assert (await sergio.send(pages[0], f"{first.url}/marcar", slot_id=slot)).status == 200
    late = await sergio.send(pages[1], f"{second.url}/marcar", slot_id=slot)
    assert late.status == 409
    told = said(late.one("div", role="alert"))
    assert "Este horário já foi escolhido." in told
    assert f"Próximos livres: {ward.at(6, 10).astimezone(ZONE):%d/%m/%Y %H:%M}" in told
    assert len(late.all("input", name="slot_id")) == 1


async def test_a_time_is_given_back_for_a_reason_and_an_old_page_reads_what_is_now(
    ward: Ward,
) -> None:
    awaited = await ward.booked(ward.at(5, 9))
    sergio = await ward.browser("sergio")
    old = await sergio.get(awaited.url)
    missing = await sergio.send(old, f"{awaited.url}/remarcar")
    assert (missing.status, missing.has("p", id="reason-wrong")) == (422, True)
    done = await sergio.send(old, f"{awaited.url}/remarcar", reason="O médico adoeceu.")
    assert done.status == 200, done.text
    assert "a marcar" in done.text
    late = await sergio.send(old, f"{awaited.url}/remarcar", reason="De novo.", key=str(uuid4()))
    assert late.status == 409
    assert "agora está a marcar" in said(late.one("div", role="alert"))


async def test_whose_hour_passed_is_to_be_confirmed_and_a_no_show_is_told(ward: Ward) -> None:
    awaited = await ward.booked(ward.at(3, 9))
    ward.jump(ward.at(3, 9, 5))
    sergio = await ward.browser("sergio")
    agenda = await sergio.get("/entrevistas")
    assert "Bia Moura" in section(agenda, "ends-title")
    shown = await sergio.get(awaited.url)
    assert not shown.offers(f"{awaited.url}/remarcar")
    unsure = await sergio.send(shown, f"{awaited.url}/falta")
    assert said(unsure.one("p", id="missed-wrong")) == "Marque para confirmar."
    missed = await sergio.send(unsure, f"{awaited.url}/falta", sure="sim")
    assert missed.status == 200, missed.text
    assert "Falta registrada." in missed.text
    agenda = await sergio.get("/entrevistas")
    assert "Bia Moura" in section(agenda, "waiting-title")
    assert "se sabe o que houve" in section(agenda, "ends-title")


async def test_a_part_that_is_silent_leaves_the_page_with_a_way_to_try_again(
    ward: Ward,
) -> None:
    sergio = await ward.browser("sergio")
    with ward.console.silent("health_declaration"):
        shown = await sergio.get("/entrevistas?semana=2026-11-25")
    assert shown.status == 503
    assert shown.has("h1")
    assert shown.has("a", href="/entrevistas?semana=2026-11-23")
    with ward.console.silent("registry"):
        await ward.waiting()
        shown = await sergio.get("/entrevistas")
    assert shown.status == 200
    assert "pessoa não mostrada" in section(shown, "waiting-title")


async def test_whoever_may_not_is_told_which_permission_it_takes(ward: Ward) -> None:
    shown = await (await ward.browser("raul")).get("/entrevistas")
    assert shown.status == 403
    assert "ds.schedule ou ds.interview ou ds.clinical" in shown.text
    assert "agenda" in shown.text
    ana = await ward.browser("ana")
    assert not (await ana.get("/entrevistas")).has("a", href="/entrevistas/horarios")
    seen = await ana.post("/entrevistas/horarios", giving(ward))
    refused = await ana.send(seen, "/entrevistas/horarios", step="give")
    assert refused.status == 403
    assert "agenda" in said(refused.one("div", role="alert"))


async def test_that_somebody_was_interviewed_is_not_told_to_the_desk(ward: Ward) -> None:
    awaited = await ward.booked(ward.at(5, 9))
    for who in ("rita", "diana"):
        browser = await ward.browser(who)
        for path in ("/entrevistas", "/entrevistas/horarios", awaited.url):
            shown = await browser.get(path)
            assert shown.status == 403
            assert "Bia Moura" not in shown.text


async def test_the_script_gets_the_agenda_alone(ward: Ward) -> None:
    sergio = await ward.console.browser(ward.tenant, "sergio", script=True)
    part = await sergio.get("/entrevistas", target="agenda")
    assert not part.has("html")
    assert part.has("section", aria_labelledby="week-title")


async def test_no_name_stands_in_an_address_or_a_title(ward: Ward) -> None:
    awaited = await ward.booked(ward.at(5, 9))
    sergio = await ward.browser("sergio")
    for path in ("/entrevistas", awaited.url):
        shown = await sergio.get(path)
        assert "Bia" not in (shown.one("title").text or "")
        assert not [one for one in shown.all("a") if "Bia" in one.get("href", "")]
