"""The served house of the API's tests, for attacks on it."""

from tests.api.conftest import api

__all__ = ["api"]
