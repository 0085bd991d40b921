"""`python -m tenuto` is the command `tenuto`.

Nothing of what it imports is garbage, and looking for some among it again and again took a quarter of the time until the first word.
"""

import gc

gc.disable()

from tenuto.cli import main  # noqa: E402 - what it imports is what this is about

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
