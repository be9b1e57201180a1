"""What the tests of packs share."""

from types import SimpleNamespace

import pytest

from maturity.pack import read_pack
from maturity.yamlfile import PackError
from tests.maturity.packs import SMALL_PACK


@pytest.fixture
def small(tmp_path):
    """A small pack to break: `small.edit(file, old, new)`, `small.read()`, `small.problems()`."""
    folder = tmp_path / "small"
    (folder / "practices").mkdir(parents=True)
    for name, text in SMALL_PACK.items():
        (folder / name).write_text(text)

    def edit(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    def problems() -> list[str]:
        with pytest.raises(PackError) as caught:
            read_pack(folder)
        return caught.value.problems

    return SimpleNamespace(folder=folder, edit=edit, problems=problems, read=lambda: read_pack(folder))
