"""The model catalogue."""

from fastapi import APIRouter

from backend.api.deps import ContainerDep, CurrentUser
from backend.api.errors import errors
from backend.core.errors import Kind
from backend.schemas.model import ModelList, ModelOut
from backend.services.adapters.registry import ModelDescriptor

router = APIRouter(prefix="/api/models", tags=["models"])


@router.get("", summary="Models that I may use", responses=errors(Kind.UNAUTHENTICATED))
async def list_models(_user: CurrentUser, container: ContainerDep) -> ModelList:
    """Return every model with what it can do, and the one to begin with."""
    models = container.registry.all()
    default = next((model.id for model in models if model.mode == "chat" and model.available), None)
    return ModelList(models=[_show(model) for model in models], default_model_id=default)


def _show(model: ModelDescriptor) -> ModelOut:
    return ModelOut(
        id=model.id,
        name=model.name,
        provider=model.provider,
        mode=model.mode,
        description=dict(model.description),
        demo=model.demo,
        available=model.available,
        unavailable_reason=model.unavailable_reason,
        inputs=[kind.value for kind in sorted(model.capabilities.inputs)],
        reasoning=model.capabilities.reasoning,
        search=model.capabilities.search,
        context_tokens=model.capabilities.context_tokens,
        max_output_tokens=model.capabilities.max_output_tokens,
    )
