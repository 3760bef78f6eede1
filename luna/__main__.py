"""Run `python -m luna`, the same command as `bin/luna`."""

import sys

from luna import cli

sys.exit(cli.main(sys.argv[1:]))
