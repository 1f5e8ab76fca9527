"""``python -m quotary_conformance``, the same as the command ``quotary-conformance``."""

import sys

from quotary_conformance.command import main

if __name__ == "__main__":
    sys.exit(main())
