"""The component package as Pulumi starts it for a program in another language: `python components ENGINE_ADDRESS`."""

import gc

gc.disable()  # before Pulumi is imported: collecting walks its hundred thousands of objects again and again

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

# Run as a folder, its own modules (`names`, `lock`, ...) would be found before those of everybody else.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from components.package.provider import serve  # noqa: E402

if __name__ == "__main__":
    serve(sys.argv[1:])
