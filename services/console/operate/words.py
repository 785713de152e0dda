"""What may be asked of this area, bounded: texts that a store can look up, days that lie near enough to be compared."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

Plain = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
"""No zero character: no store can look such a text up."""

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
