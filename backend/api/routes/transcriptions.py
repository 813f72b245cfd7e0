"""Recordings into text."""

from fastapi import APIRouter, Request

from backend.api.deps import ContainerDep, CurrentUser, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.raw_body import RAW_BODY, RawBody
from backend.core.errors import AppError, Kind
from backend.schemas.transcription import TranscriptionOut
from backend.services.transcription_service import TranscriptionService

router = APIRouter(prefix="/api/transcriptions", tags=["transcriptions"])


@router.post(
    "",
    summary="Turn a recording into text",
    openapi_extra=RAW_BODY,
    responses=errors(
        Kind.UNAUTHENTICATED,
        Kind.PAYMENT,
        Kind.NOT_FOUND,
        Kind.CONFLICT,
        Kind.TOO_LARGE,
        Kind.MEDIA_TYPE,
        Kind.LIMIT,
        Kind.UPSTREAM,
    ),
)
async def transcribe(
    request: Request, user: CurrentUser, container: ContainerDep, key: IdempotencyKeyDep = None
) -> TranscriptionOut:
    """Return what is said in a recording: the raw body is the sound.

    Nothing is kept, and nothing is paid where there is no text.
    """
    body = RawBody(request)
    try:
        text = await TranscriptionService(container).transcribe(user.id, body, key=key)
    except AppError:
        await body.drain()
        raise
    return TranscriptionOut(text=text)
