"""A data folder whose processes do not outlive their test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serve import processes_of


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data with blanks 数据"
    yield folder
    for process in processes_of(folder):
        process.kill()
