"""Clips with one of KIE's models."""

from collections.abc import Mapping, Sequence

from backend.services.adapters.base import (
    MediaRequest,
    OptionValue,
    Reference,
    ReferenceRole,
    Shot,
    TaskProgress,
)
from backend.services.adapters.kie.media_adapter import KieMediaAdapter


class KieVideoAdapter(KieMediaAdapter):
    """The video port, for one model of KIE."""

    async def generate(
        self,
        prompt: str,
        image_urls: Sequence[str] = (),
        n_frames: int | None = None,
        aspect_ratio: str | None = None,
        remove_watermark: bool | None = None,
        wait_for_result: bool = True,
        *,
        options: Mapping[str, OptionValue] | None = None,
        references: Sequence[Reference] = (),
        shots: Sequence[Shot] = (),
        callback_url: str | None = None,
    ) -> TaskProgress:
        """Make a clip in one call: to its end, or only handed in.

        ``image_urls`` are addresses that KIE can reach: the first frame and the last one where the model has
        frames, else pictures to go by. ``n_frames`` and ``remove_watermark`` are options of the models that
        declare them; others refuse them by name.
        """
        named = {"n_frames": n_frames, "aspect_ratio": aspect_ratio, "remove_watermark": remove_watermark}
        request = MediaRequest(
            prompt=prompt,
            options={**(options or {}), **{name: value for name, value in named.items() if value is not None}},
            references=(*self._frames(image_urls), *references),
            shots=tuple(shots),
        )
        return await self._run(request, wait_for_result=wait_for_result, callback_url=callback_url)

    def _frames(self, urls: Sequence[str]) -> tuple[Reference, ...]:
        """Return addresses in the roles that the model has for them."""
        roles = (ReferenceRole.FIRST_FRAME, ReferenceRole.LAST_FRAME)
        if not self._model.capabilities.first_frame:
            return tuple(Reference.of_url(url) for url in urls)
        return tuple(Reference.of_url(url, role=roles[min(place, 1)]) for place, url in enumerate(urls))
