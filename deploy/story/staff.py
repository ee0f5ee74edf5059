"""People of the operator at work: each decision names the version that was read."""

from typing import Any

from deploy.story.branches import Disease
from deploy.story.http import Refused
from deploy.story.world import World

TRIES = 8


class Office:
    """Analysts, doctors, auditors and the desk, for one case."""

    def __init__(self, world: World, declaration_id: str) -> None:
        self._world = world
        self.declaration_id = declaration_id
        number = int(declaration_id.replace("-", "")[-4:], 16) % 2
        self.analyst = f"analista.{1 + number}"
        self.auditor = ("auditora.1", "auditor.2")[number]

    async def case(self, who: str = "") -> dict[str, Any]:
        """The case as somebody reads it."""
        reader = self._world.staff(who or self.analyst)
        found: dict[str, Any] = await reader.get(f"/declarations/{self.declaration_id}")
        return found

    async def decide(self, who: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Reads the case and decides on it; reads again when it moved meanwhile."""
        path = f"/declarations/{self.declaration_id}/{act}"
        for left in reversed(range(TRIES)):
            seen = await self.case(who)
            try:
                done: dict[str, Any] = await self._world.staff(who).post(
                    path, body | {"version": seen["version"]}
                )
            except Refused as refusal:
                if refusal.code != "stale-version" or not left:
                    raise
                continue
            return done
        raise TimeoutError(path)

    async def opine(self, disease: Disease | None) -> None:
        """The analyst concludes: preexisting with its CID, or nothing preexisting."""
        conclusion = "preexisting" if disease else "no_preexisting"
        body = {
            "conclusion": conclusion,
            "text": "Conclusão da análise do caso.",
            "confirmed": confirmed(disease),
        }
        await self.decide(self.analyst, "opinion", body)

    async def audit(self, decision: str, disease: Disease | None = None) -> None:
        """The auditor, who is neither the analyst nor the interviewer, decides."""
        body: dict[str, Any] = {"decision": decision, "notes": "Conferido pela auditoria."}
        if disease is not None:
            body["confirmed"] = confirmed(disease)
        await self.decide(self.auditor, "audit", body)

    async def interview(self, interview_id: str) -> dict[str, Any]:
        """One interview of the case, as the schedule shows it."""
        path = f"/interviews?declaration_id={self.declaration_id}&limit=50"
        page = await self._world.staff("agenda").get(path)
        found: dict[str, Any] = next(
            one for one in page["items"] if one["interview_id"] == interview_id
        )
        return found

    async def conclude(self, interview_id: str, disease: Disease | None) -> None:
        """The interviewing doctor types and signs the result."""
        seen = await self.interview(interview_id)
        body = {
            "version": seen["version"],
            "text": "Entrevista realizada por vídeo.",
            "cids": confirmed(disease),
            "signed": True,
        }
        doctor = self._world.staff(str(seen["doctor"]))
        await doctor.post(f"/interviews/{interview_id}/result", body)

    async def missed(self, interview_id: str) -> None:
        """The person did not come; the doctor says so."""
        seen = await self.interview(interview_id)
        doctor = self._world.staff(str(seen["doctor"]))
        await doctor.post(f"/interviews/{interview_id}/missed", {"version": seen["version"]})


def confirmed(disease: Disease | None) -> list[dict[str, str]]:
    """The CID that a clinician confirms."""
    return [{"question_id": disease.question, "cid": disease.cid}] if disease else []
