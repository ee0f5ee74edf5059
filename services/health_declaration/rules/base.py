"""What every typed parameter of a rule set shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Days = Annotated[int, Field(ge=0, le=3650)]
Count = Annotated[int, Field(ge=1, le=1000)]
Months = Annotated[int, Field(ge=1, le=600)]


class Parameters(BaseModel):
    """What every rule carries: the words, the source and how sure we are of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    rule: str
    source: str
    confidence: str
