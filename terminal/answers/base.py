"""The base class of the JSON objects that commands print."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A JSON object. An attribute's docstring is its description in the schema."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)
