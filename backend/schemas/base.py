"""Shared shapes of requests and answers: strict input, no defaults in output, pages."""

from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

Item = TypeVar("Item")


class Input(BaseModel):
    """A request body: unknown fields are refused, NaN and infinity as well."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Output(BaseModel):
    """A response body; fields have no defaults, so that each is always present in the generated client."""

    model_config = ConfigDict(from_attributes=True)


def _refuse_unstorable(text: str) -> str:
    """Refuse NUL, which PostgreSQL cannot store, and lone surrogates, which are no characters."""
    if "\x00" in text:
        raise ValueError("contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains a lone surrogate") from None
    return text


Text = Annotated[str, StringConstraints(strict=True), AfterValidator(_refuse_unstorable)]
"""A string that can be stored: no NUL, no lone surrogates. Bound its length where it is used."""

Line = Annotated[Text, StringConstraints(strip_whitespace=True, pattern=r"^[^\r\n\t\x00-\x1f\x7f]*$")]
"""One line of text, trimmed, without control characters."""

PageSize = Annotated[StrictInt, Field(ge=1, le=100)]


class Page(Output, Generic[Item]):
    """One page of a keyset-paged list; ``next_cursor`` is opaque and null on the last page."""

    items: list[Item]
    next_cursor: str | None


class FieldProblem(Output):
    """Which part of the request was refused, and why; never what was sent."""

    field: str
    code: str
    message: str


Param = str | int | bool | list[str] | None


class ErrorOut(Output):
    """Why something failed: a stable code, and parameters for its sentence."""

    code: str
    params: dict[str, Param]


class Problem(Output):
    """An error (RFC 9457 problem details). ``code`` is stable; ``params`` fill its translated sentence."""

    type: str
    title: str
    status: int
    code: str
    params: dict[str, Param]
    request_id: str
    fields: list[FieldProblem]


class Deleted(Output):
    """What was deleted."""

    id: UUID
