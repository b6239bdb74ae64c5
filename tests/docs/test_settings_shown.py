"""A stack accepts the settings in the guides."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, cast, get_args

import pytest
import yaml

from components.access.producer import ProducerArgs
from components.base.validation import SettingsError, decode
from components.delivery.destinations import Destination
from components.delivery.sink_args import SinkArgs
from tools.documentation.site import ROOT

SINKS = "docs/how-to/add-a-sink.md"
TAKES = {SINKS: SinkArgs, "docs/how-to/own-producer.md": ProducerArgs}


def shown(page: str) -> Iterator[dict[str, Any]]:
    """Give each block of YAML of a page."""
    text = (ROOT / page).read_text("utf-8")
    for block in re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        yield cast("dict[str, Any]", yaml.safe_load(textwrap.dedent(block)))


@pytest.mark.parametrize("page", TAKES)
def test_each_block_of_settings_is_accepted_unchanged(page: str) -> None:
    """A misspelt key in it is refused."""
    blocks = list(shown(page))
    assert blocks
    for block in blocks:
        assert decode(TAKES[page], json.dumps(block), page)
        with pytest.raises(SettingsError, match="unknown key"):
            decode(TAKES[page], json.dumps(block | {"mispelt": True}), page)


def test_every_kind_of_destination_is_shown() -> None:
    """Add a tab for a new kind."""
    kinds = {block["destination"]["kind"] for block in shown(SINKS)}
    assert kinds == {kind.kind for kind in get_args(Destination)}
