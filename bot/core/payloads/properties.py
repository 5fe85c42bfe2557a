"""The properties of a build, which anybody's master.cfg may set to anything.

Input: a build's JSON. Output: values and texts; what is not of the type that a property usually has
reads as absent, so that no build is lost for it.
"""

from bot.core.errors import Malformed
from bot.core.payloads.fields import Field


def find_property(build: Field, name: str) -> Field:
    """The value of a property, which comes as [value, source]; null where it does not."""
    return _find_pair(build, name)[0]


def find_property_source(build: Field, name: str) -> str | None:
    """Who set a property."""
    return find_text(_find_pair(build, name)[1])


def find_text(field: Field) -> str | None:
    """A text of sane length that is not empty; None for whatever else."""
    try:
        return field.name_or_none()
    except Malformed:
        return None


def _find_pair(build: Field, name: str) -> tuple[Field, Field]:
    properties = build["properties"]
    pair = properties if properties.is_null else properties[name]
    if isinstance(pair.value, list) and len(pair.value) == 2:
        value, source = pair.items()
        return value, source
    return Field(None, pair.path), Field(None, pair.path)
