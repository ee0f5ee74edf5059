"""People: registered, corrected, found, merged; what they consent to and prefer."""

from fastapi import APIRouter, Response

from contracts.registry import api
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from kit.pages import Cursor, Limit
from services.registry.queries import enrolments, timeline
from services.registry.queries import people as queries
from services.registry.usecases import consents, merges, people, privacy

router = APIRouter(tags=["people"])
_ERASED = problem_responses(410)


@router.post(
    "/people",
    status_code=201,
    dependencies=[allowed("registry.write")],
    responses={200: {"model": api.Registered, "description": "A pessoa já era conhecida"}},
)
async def register(body: api.PersonIn, tx: Tx, once: Once, response: Response) -> api.Registered:
    async def done() -> api.Registered:
        registered = await people.register(tx, body)
        response.status_code = 201 if registered.outcome == "created" else 200
        return registered

    return await once(done)


@router.post("/people/search", dependencies=[allowed("registry.read")])
async def search(body: api.PeopleSearch, tx: Tx) -> api.PersonPage:
    return await queries.search(tx, body)


@router.post("/people/names", dependencies=[allowed("registry.names")])
async def names(body: api.NamesWanted, tx: Tx) -> api.PeopleNames:
    return await queries.names(tx, body.person_ids)


@router.post(
    "/people/merges",
    status_code=201,
    dependencies=[allowed("registry.merge")],
    responses=problem_responses(404),
)
async def merge(body: api.MergeIn, tx: Tx, once: Once) -> api.Merge:
    return await once(lambda: merges.merge(tx, body), body.survivor_id)


@router.post("/people/merges/{merge_id}/undo", dependencies=[allowed("registry.merge")])
async def undo(merge_id: str, body: api.UndoIn, tx: Tx) -> api.Merge:
    return await merges.undo(tx, merge_id, body.reason)


@router.get("/people/{person_id}", dependencies=[allowed("registry.read")], responses=_ERASED)
async def read(person_id: str, tx: Tx) -> api.Person:
    return await queries.one(tx, person_id)


@router.put("/people/{person_id}", dependencies=[allowed("registry.write")], responses=_ERASED)
async def correct(person_id: str, body: api.PersonIn, tx: Tx) -> api.Person:
    await people.correct(tx, person_id, body)
    return await queries.one(tx, person_id)


@router.get("/people/{person_id}/enrolments", dependencies=[allowed("registry.read")])
async def list_enrolments(person_id: str, tx: Tx) -> api.Enrolments:
    return await enrolments.with_contracts(tx, person_id)


@router.post(
    "/people/{person_id}/cpf-reveals",
    dependencies=[allowed("registry.read")],
    responses=_ERASED,
)
async def reveal(person_id: str, body: api.RevealIn, tx: Tx) -> api.Revealed:
    return await privacy.reveal(tx, person_id, body.reason)


@router.get("/people/{person_id}/consents", dependencies=[allowed("registry.read")])
async def list_consents(person_id: str, tx: Tx) -> list[api.Consent]:
    return await queries.consents(tx, person_id)


@router.post(
    "/people/{person_id}/consents",
    status_code=201,
    dependencies=[allowed("registry.write")],
    responses=_ERASED,
)
async def consent(person_id: str, body: api.ConsentIn, tx: Tx, once: Once) -> api.Consent:
    return await once(lambda: consents.record(tx, person_id, body))


@router.put(
    "/people/{person_id}/preferences",
    dependencies=[allowed("registry.write")],
    responses=_ERASED,
)
async def prefer(person_id: str, body: api.PreferencesIn, tx: Tx) -> api.Person:
    await people.prefer(tx, person_id, body.channels)
    return await queries.one(tx, person_id)


@router.get("/people/{person_id}/timeline", dependencies=[allowed("registry.read")])
async def read_timeline(
    person_id: str,
    tx: Tx,
    limit: Limit = 100,
    cursor: Cursor = None,
    order: api.TimelineOrder = "oldest",
) -> api.Timeline:
    return await timeline.page(tx, person_id, timeline.Asked(limit, cursor, order))
