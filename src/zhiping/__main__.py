"""Run the command line: `python -m zhiping`."""

import sys

from zhiping.cli import main

sys.exit(main())
