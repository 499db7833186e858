"""Lets `python -m annarchy_ml.cli` do what `annarchy-ml` does."""

import sys

from annarchy_ml.cli import main

sys.exit(main())
