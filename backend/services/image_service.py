"""Pictures, by named parameters: what programs call."""

from collections.abc import Sequence
from uuid import UUID

from backend.models import TaskKind
from backend.repositories.task_repository import Row
from backend.services.base_generation_service import BaseGenerationService, references_to, set_options
from backend.services.media_plan import MediaOrder


class ImageService(BaseGenerationService):
    """Make and edit pictures. Raises as beginning a task does."""

    async def query_task(self, task_id: UUID, user_id: UUID, *, wait_s: float = 0.0) -> Row:
        """Return the user's picture task as it is, or once it has ended, within ``wait_s``. Raises NotFound."""
        return await self._query(task_id, user_id, TaskKind.IMAGE, wait_s=wait_s)

    async def generate_image(
        self,
        user_id: UUID,
        prompt: str,
        model: str,
        size: str | None = None,
        resolution: str | None = None,
        wait_for_result: bool = False,
        *,
        key: str | None = None,
    ) -> Row:
        """Make a picture from words; ``size`` is its aspect ratio."""
        options = set_options({"aspect_ratio": size, "resolution": resolution})
        order = MediaOrder(model, prompt, options)
        return await self._generate(user_id, order, wait_for_result=wait_for_result, key=key)

    async def edit_image(
        self,
        user_id: UUID,
        prompt: str,
        image_urls: Sequence[str],
        size: str | None = None,
        wait_for_result: bool = False,
        *,
        model: str,
        asset_ids: Sequence[UUID] = (),
        resolution: str | None = None,
        key: str | None = None,
    ) -> Row:
        """Make a picture from others: own assets, and https addresses that are fetched first."""
        options = set_options({"aspect_ratio": size, "resolution": resolution})
        order = MediaOrder(model, prompt, options, references_to(asset_ids))
        return await self._generate(user_id, order, image_urls=image_urls, wait_for_result=wait_for_result, key=key)
