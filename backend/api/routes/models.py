"""The model catalogue."""

from fastapi import APIRouter

from backend.api.deps import ContainerDep, CurrentUser, DbDep
from backend.api.errors import errors
from backend.core.config import Settings
from backend.core.errors import Kind
from backend.core.pricing import read_price
from backend.repositories.price_repository import PriceRow
from backend.schemas.model import ClipRuleOut, MediaOut, ModelList, ModelOut, OptionOut, ReferenceRuleOut, ShotRuleOut
from backend.schemas.transcription import TranscriptionModelOut
from backend.services.adapters.capabilities import MediaCapabilities
from backend.services.adapters.catalogue import ModelDescriptor
from backend.services.container import Container
from backend.services.price_service import PriceService
from backend.services.storyboard_plan import can_chain
from backend.services.transcription_service import MODE, TranscriptionService

router = APIRouter(prefix="/api/models", tags=["models"])


@router.get("", summary="Models that I may use", responses=errors(Kind.UNAUTHENTICATED))
async def list_models(_user: CurrentUser, container: ContainerDep, db: DbDep) -> ModelList:
    """Return every model with what it can do and what it costs, and the one to begin with."""
    known = [model for model in container.registry.all() if model.mode != MODE]
    prices = await PriceService(db).list_current(known)
    models = [_show(model, prices.get(model.id), container.settings) for model in known]
    default = next((model.id for model in models if model.mode == "chat" and model.available), None)
    return ModelList(models=models, default_model_id=default, transcription=await _show_listener(container))


async def _show_listener(container: Container) -> TranscriptionModelOut | None:
    found = await TranscriptionService(container).find_model()
    if found is None:
        return None
    model, price_mc = found
    return TranscriptionModelOut(
        model_id=model.id,
        name=model.name,
        demo=model.demo,
        price_mc=price_mc,
        seconds_max=container.settings.transcription_seconds_max,
        bytes_max=container.settings.transcription_bytes_max,
    )


def _show(model: ModelDescriptor, price: PriceRow | None, settings: Settings) -> ModelOut:
    """Return a model as it is shown; one without a price is never free, it is unavailable."""
    return ModelOut(
        id=model.id,
        name=model.name,
        provider=model.provider,
        mode=model.mode,
        description=dict(model.description),
        demo=model.demo,
        available=model.available and price is not None,
        unavailable_reason=model.unavailable_reason or (None if price else "no_price"),
        inputs=[kind.value for kind in sorted(model.capabilities.inputs)],
        reasoning=model.capabilities.reasoning,
        search=model.capabilities.search,
        context_tokens=model.capabilities.context_tokens,
        max_output_tokens=model.capabilities.max_output_tokens,
        price=read_price(price.formula) if price else None,
        media=_show_media(model.media, settings) if model.media else None,
    )


def _show_media(media: MediaCapabilities, settings: Settings) -> MediaOut:
    shots = media.shots
    return MediaOut(
        prompt_chars=media.prompt_chars,
        prompt_required=media.prompt_required,
        options=[OptionOut.model_validate(option) for option in media.options],
        references=[ReferenceRuleOut.model_validate(rule) for rule in media.references],
        frames_exclude_references=media.frames_exclude_references,
        shots=ShotRuleOut(
            most=shots.most,
            seconds_min=shots.seconds_each[0],
            seconds_max=shots.seconds_each[1],
            prompt_chars=shots.prompt_chars,
            total_option=shots.total_option,
        )
        if shots
        else None,
        shots_required=media.shots_required,
        clips=ClipRuleOut(
            most=settings.storyboard_shots_max,
            seconds=list(media.seconds),
            prompt_chars=media.prompt_chars,
            continuous=media.first_frame,
        )
        if can_chain(media)
        else None,
        cancellable=media.cancellable.value,
    )
