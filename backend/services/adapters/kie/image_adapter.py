"""Pictures with one of KIE's models."""

from collections.abc import Mapping, Sequence

from backend.services.adapters.base import MediaRequest, OptionValue, Reference, TaskProgress
from backend.services.adapters.kie.media_adapter import KieMediaAdapter


class KieImageAdapter(KieMediaAdapter):
    """The image port, for one model of KIE."""

    async def generate(
        self,
        prompt: str,
        image_urls: Sequence[str] = (),
        size: str | None = None,
        resolution: str | None = None,
        wait_for_result: bool = True,
        *,
        options: Mapping[str, OptionValue] | None = None,
        references: Sequence[Reference] = (),
        callback_url: str | None = None,
    ) -> TaskProgress:
        """Make or edit a picture in one call: to its end, or only handed in.

        ``size`` is an aspect ratio; ``image_urls`` are addresses that KIE can reach, ``references`` are uploaded.
        """
        named = {"aspect_ratio": size, "resolution": resolution}
        request = MediaRequest(
            prompt=prompt,
            options={**(options or {}), **{name: value for name, value in named.items() if value is not None}},
            references=(*(Reference.of_url(url) for url in image_urls), *references),
        )
        return await self._run(request, wait_for_result=wait_for_result, callback_url=callback_url)
