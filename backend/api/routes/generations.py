"""Pictures and clips in one call, outside of any conversation: for programs."""

from uuid import UUID

from fastapi import APIRouter

from backend.api.deps import ContainerDep, CurrentUser, IdempotencyKeyDep
from backend.api.errors import errors
from backend.api.routes.tasks import CREATING, PreferDep, to_shot, wait_seconds
from backend.api.strict_json import StrictRoute
from backend.core.errors import Kind
from backend.schemas.task import TaskOut
from backend.schemas.task_command import ImageCreate, ImageEdit, VideoCreate
from backend.services.base_generation_service import GenerationParts
from backend.services.image_service import ImageService
from backend.services.video_service import VideoService

router = APIRouter(prefix="/api", tags=["generations"], route_class=StrictRoute)

LOOKING = errors(Kind.UNAUTHENTICATED, Kind.NOT_FOUND)


def get_parts(container: ContainerDep) -> GenerationParts:
    """Return what the services of pictures and clips work with."""
    return GenerationParts(container.database, container.registry, container.tasks, container.downloads)


@router.post("/images/generations", status_code=202, summary="Make a picture from words", responses=CREATING)
async def generate_image(
    body: ImageCreate,
    user: CurrentUser,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
    prefer: PreferDep = None,
) -> TaskOut:
    """Begin a picture; with `Prefer: wait=N` the answer comes once it is there, after 30 s at most."""
    row = await ImageService(get_parts(container)).generate_image(
        user.id, body.prompt, body.model_id, body.size, body.resolution, wait_seconds(prefer) > 0, key=key
    )
    return TaskOut.model_validate(row)


@router.post("/images/edits", status_code=202, summary="Make a picture from others", responses=CREATING)
async def edit_image(
    body: ImageEdit, user: CurrentUser, container: ContainerDep, key: IdempotencyKeyDep = None, prefer: PreferDep = None
) -> TaskOut:
    """Begin an edit of own assets and of pictures at https addresses, which are fetched, checked and kept."""
    row = await ImageService(get_parts(container)).edit_image(
        user.id,
        body.prompt,
        body.image_urls,
        body.size,
        wait_seconds(prefer) > 0,
        model=body.model_id,
        asset_ids=body.asset_ids,
        resolution=body.resolution,
        key=key,
    )
    return TaskOut.model_validate(row)


@router.post("/videos/generations", status_code=202, summary="Make a clip", responses=CREATING)
async def generate_video(
    body: VideoCreate,
    user: CurrentUser,
    container: ContainerDep,
    key: IdempotencyKeyDep = None,
    prefer: PreferDep = None,
) -> TaskOut:
    """Begin a clip: from words, from a picture, or a storyboard of shots, in one call or as a chain of clips."""
    videos = VideoService(get_parts(container))
    wait = wait_seconds(prefer) > 0
    if body.shots:
        row = await videos.generate_storyboard_video(
            user.id,
            body.model_id,
            body.n_frames,
            body.storyboard_images or ([body.asset_id] if body.asset_id else []),
            body.aspect_ratio,
            wait,
            shots=[to_shot(shot) for shot in body.shots],
            prompt=body.prompt,
            chain=body.chain,
            continuous=body.continuous,
            key=key,
        )
    elif body.image_url or body.asset_id:
        row = await videos.generate_image_to_video(
            user.id,
            body.prompt,
            body.image_url,
            body.model_id,
            body.n_frames,
            body.aspect_ratio,
            body.remove_watermark,
            wait,
            asset_id=body.asset_id,
            seconds=body.seconds,
            key=key,
        )
    else:
        row = await videos.generate_text_to_video(
            user.id,
            body.prompt,
            body.model_id,
            body.n_frames,
            body.aspect_ratio,
            body.remove_watermark,
            wait,
            seconds=body.seconds,
            key=key,
        )
    return TaskOut.model_validate(row)


@router.get("/images/generations/{task_id}", summary="A picture that was begun", responses=LOOKING)
async def query_image(task_id: UUID, user: CurrentUser, container: ContainerDep, prefer: PreferDep = None) -> TaskOut:
    """Return a picture's task as it is, or, with `Prefer: wait=N`, once it has ended."""
    images = ImageService(get_parts(container))
    return TaskOut.model_validate(await images.query_task(task_id, user.id, wait_s=wait_seconds(prefer)))


@router.get("/videos/generations/{task_id}", summary="A clip that was begun", responses=LOOKING)
async def query_video(task_id: UUID, user: CurrentUser, container: ContainerDep, prefer: PreferDep = None) -> TaskOut:
    """Return a clip's task as it is, or, with `Prefer: wait=N`, once it has ended."""
    videos = VideoService(get_parts(container))
    return TaskOut.model_validate(await videos.query_task(task_id, user.id, wait_s=wait_seconds(prefer)))
