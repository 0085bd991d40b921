"""The command line: `tenuto serve`, `run`, `validate` and the others, for the local owner of the database."""

from tenuto.cli.program import main

__all__ = ["main"]
