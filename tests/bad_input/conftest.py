"""The served house of the API's tests, for everything that people get wrong."""

from tests.api.conftest import api, owner

__all__ = ["api", "owner"]
