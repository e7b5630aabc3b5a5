# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 FOLDER: the attention suite. README.md one folder up documents what it writes."""

import sys

from kernelyard_validation.program import main

sys.exit(main())
