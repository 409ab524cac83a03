"""Run the command line: `python -m zhiping`."""

import sys

from zhiping.cli.main import main

sys.exit(main())
