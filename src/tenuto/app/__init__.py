"""The composition of the house: catalog, store, vault, engine, services and the HTTP application, each handed what it needs."""

from tenuto.app.house import House, house
from tenuto.app.interface import interface

__all__ = ["House", "house", "interface"]
