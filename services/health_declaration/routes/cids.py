"""The table of diseases, for whoever has to name one."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.health_declaration.cpt import CidFound, CidsFound
from kit.app import allowed
from services.health_declaration.gateways import reference

MOST = 20
Text = Annotated[str, Query(min_length=2, max_length=100)]

router = APIRouter(tags=["cids"])


@router.get("/cids", dependencies=[allowed("ds.clinical")])
async def search(text: Text) -> CidsFound:
    found = reference.cid_table().search(text, MOST + 1)
    shown = tuple(CidFound(cid=cid, name=name) for cid, name in found[:MOST])
    return CidsFound(items=shown, more=len(found) > MOST)
