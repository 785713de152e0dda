from pathlib import Path

import pytest

from docs.generate import GENERATED

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", GENERATED)
def test_generated_parts_of_the_docs_are_what_the_code_says(name: str) -> None:
    assert GENERATED[name]() in (DOCS / name).read_text(), "run `python -m docs.generate` and commit the result"
