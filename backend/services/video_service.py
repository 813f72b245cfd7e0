"""Clips, by named parameters: what programs call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from backend.models import TaskKind
from backend.repositories.task_repository import Row
from backend.services.adapters.base import OptionValue, ReferenceRole
from backend.services.base_generation_service import BaseGenerationService, references_to, set_options
from backend.services.media_plan import MediaOrder, OrderedShot

FrameCount = int | str
FIRST = ReferenceRole.FIRST_FRAME


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Shots, and how they run: as ``MediaOrder`` says."""

    shots: Sequence[OrderedShot]
    chain: bool | None = None
    continuous: bool = False


class VideoService(BaseGenerationService):
    """Make clips. ``n_frames`` and ``remove_watermark`` are options of the models that declare them."""

    async def query_task(self, task_id: UUID, user_id: UUID, *, wait_s: float = 0.0) -> Row:
        """Return the user's clip task as it is, or once it has ended, within ``wait_s``. Raises NotFound."""
        return await self._query(task_id, user_id, TaskKind.VIDEO, wait_s=wait_s)

    async def generate_text_to_video(
        self,
        user_id: UUID,
        prompt: str,
        model: str,
        n_frames: FrameCount | None = None,
        aspect_ratio: str | None = None,
        remove_watermark: bool | None = None,
        wait_for_result: bool = False,
        *,
        seconds: int | None = None,
        key: str | None = None,
    ) -> Row:
        """Make a clip from words."""
        options = _options(n_frames, aspect_ratio, remove_watermark, seconds)
        return await self._generate_with_credits(user_id, model, prompt, options, (), wait_for_result, key=key)

    async def generate_image_to_video(
        self,
        user_id: UUID,
        prompt: str,
        image_url: str | None,
        model: str,
        n_frames: FrameCount | None = None,
        aspect_ratio: str | None = None,
        remove_watermark: bool | None = None,
        wait_for_result: bool = False,
        *,
        asset_id: UUID | None = None,
        seconds: int | None = None,
        key: str | None = None,
    ) -> Row:
        """Make a clip that starts from a picture: an own asset, or an https address that is fetched first."""
        options = _options(n_frames, aspect_ratio, remove_watermark, seconds)
        pictures, urls = (asset_id,) if asset_id else (), (image_url,) if image_url else ()
        return await self._generate_with_credits(
            user_id, model, prompt, options, pictures, wait_for_result, image_urls=urls, key=key
        )

    async def generate_storyboard_video(
        self,
        user_id: UUID,
        model: str,
        n_frames: FrameCount | None = None,
        storyboard_images: Sequence[UUID] = (),
        aspect_ratio: str | None = None,
        wait_for_result: bool = False,
        *,
        shots: Sequence[OrderedShot],
        prompt: str = "",
        chain: bool | None = None,
        continuous: bool = False,
        key: str | None = None,
    ) -> Row:
        """Make a film of several shots, each starting from its one of the pictures, as far as there are any.

        More than one picture makes it a chain of clips; so does whatever the model cannot do in one call.
        """
        options = _options(n_frames, aspect_ratio, None, None)
        first, later = storyboard_images[:1], dict(zip(range(1, len(shots)), storyboard_images[1:], strict=False))
        framed = [
            replace(shot, references=(*shot.references, *references_to([later[place]], FIRST)))
            if place in later
            else shot
            for place, shot in enumerate(shots)
        ]
        board = Storyboard(framed, chain, continuous)
        return await self._generate_with_credits(
            user_id, model, prompt, options, first, wait_for_result, board=board, key=key
        )

    async def _generate_with_credits(
        self,
        user_id: UUID,
        model: str,
        prompt: str,
        options: dict[str, OptionValue],
        pictures: Sequence[UUID],
        wait_for_result: bool,
        *,
        image_urls: Sequence[str] = (),
        board: Storyboard | None = None,
        key: str | None = None,
    ) -> Row:
        """Begin a clip or a film: its price is held until it is stored, and returned if it is not."""
        shots = board or Storyboard(())
        order = MediaOrder(
            model, prompt, options, references_to(pictures, FIRST), tuple(shots.shots), shots.chain, shots.continuous
        )
        return await self._generate(
            user_id, order, image_urls=image_urls, role=FIRST, wait_for_result=wait_for_result, key=key
        )


def _options(
    n_frames: FrameCount | None, aspect_ratio: str | None, remove_watermark: bool | None, seconds: int | None
) -> dict[str, OptionValue]:
    return set_options(
        {
            "n_frames": n_frames,
            "aspect_ratio": aspect_ratio,
            "remove_watermark": remove_watermark,
            "seconds": seconds,
        }
    )
