"""The command line: `tenuto serve`, `run`, `validate` and the others, for the local owner of the database."""

import gc

__all__ = ["main"]


def main() -> None:
    """What the installed command starts.

    Nothing of what it imports is garbage, and looking for some among it again and again took a quarter of the time until the first word.
    """
    gc.disable()
    from tenuto.cli.program import main as program  # noqa: PLC0415 - what is imported is what this is about

    gc.freeze()
    gc.enable()
    program()
