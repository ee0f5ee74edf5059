"""What every typed parameter of a rule set shares."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Days = Annotated[int, Field(ge=0, le=3650)]
Count = Annotated[int, Field(ge=1, le=1000)]
Months = Annotated[int, Field(ge=1, le=600)]


def at_most(bound: int, source: str) -> AfterValidator:
    """A ceiling that the law sets: no operator publishes more. `source` is told in the refusal."""
    return AfterValidator(lambda value: _kept(value, value <= bound, f"no máximo {bound}", source))


def at_least(bound: int, source: str) -> AfterValidator:
    """A floor that the law sets: no operator publishes less. `source` is told in the refusal."""
    return AfterValidator(lambda value: _kept(value, value >= bound, f"no mínimo {bound}", source))


def _kept(value: int, holds: bool, bound: str, source: str) -> int:
    if not holds:
        sentence = f"{bound}: é o limite da lei ({source})"
        raise PydanticCustomError("vinculo_value", "{sentence}", {"sentence": sentence})
    return value


class Parameters(BaseModel):
    """What every rule carries: the words, the source and how sure we are of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    rule: str
    source: str
    confidence: str
