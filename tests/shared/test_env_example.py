"""deploy/env.example must name every setting, and nothing else, with the values that hold anyway."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from shared.settings import ConnectorAccess, Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "env.example"
PREFIX = "FIELDLEDGER_"
BLOCK = f"{PREFIX}CONNECTORS__EXACT_ONLINE__"


def test_the_example_names_every_setting_once_and_no_other() -> None:
    plain = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name != "connectors"}
    nested = {f"{BLOCK}{name.upper()}" for name in ConnectorAccess.model_fields}
    names = re.findall(rf"^#?({PREFIX}\w+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(names) == sorted(plain | nested)


def test_the_example_as_it_stands_changes_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in dotenv_values(EXAMPLE):
        monkeypatch.delenv(name, raising=False)
    as_example = Settings(_env_file=EXAMPLE).model_dump(exclude={"connectors"})
    assert as_example == Settings(_env_file=None).model_dump(exclude={"connectors"})
