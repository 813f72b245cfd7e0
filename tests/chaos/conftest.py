"""A data folder whose processes do not outlive their test, and a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from tests.support.serve import Serve, processes_of
from tests.support.server import BROWSER, PASSWORD


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data with blanks 数据"
    yield folder
    for process in processes_of(folder):
        process.kill()


@pytest.fixture
async def browser(serve: Serve) -> AsyncIterator[aiohttp.ClientSession]:
    """A signed-in browser of the shipped command that the test has started."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(serve.url, cookie_jar=jar, headers=BROWSER) as session:
        account = {"email": f"{uuid4().hex[:12]}@example.org", "password": PASSWORD}
        async with session.post("/api/auth/sign-up", json=account) as response:
            assert response.status == 201
        yield session
