# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares attention kernels with a float64 reference over a suite of cases, and proves on the way that it can fail."""
