# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkouts of the attention package for the tests: they never write into the source tree."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "resources" / "attention"
VALIDATE = ROOT / "resources" / "validation" / "validate"
SUITE = ROOT / "resources" / "validation" / "starter.yml"
TREES = Path(os.environ.get("KERNELYARD_ATTENTION_TREES") or tempfile.mkdtemp(prefix="attention-"))
NOT_SOURCE = shutil.ignore_patterns("build", "*.so", "*.egg-info", "__pycache__")


def environment(tree, **changes):
    # Without CUDA, whatever this machine has: the tests say what they compile. -O1 compiles in half the time.
    own = {name: value for name, value in os.environ.items() if not name.startswith("CCACHE_")}
    return dict(own, PYTHONPATH=str(tree / "python"), PYTHONDONTWRITEBYTECODE="1", NVCC="",
                CCACHE_DIR=str(TREES / "ccache"), **changes)


def fresh(name):
    """A new copy of the sources, without any build tree."""
    tree = TREES / name
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(SOURCES, tree, ignore=NOT_SOURCE)
    return tree


def replace(path, old, new):
    text = path.read_text()
    if text.count(old) != 1:
        raise AssertionError(f"{path.name} holds {old!r} {text.count(old)} times, not once")
    path.write_text(text.replace(old, new))


def build(tree, **changes):
    return subprocess.run([sys.executable, "-m", "kernelyard_attention.build"], env=environment(tree, **changes), cwd=tree,
                          capture_output=True, text=True, check=False)


def built(name):
    tree = fresh(name)
    done = build(tree)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return tree


def suite_with(name, *changes, suite=SUITE):
    """A suite's file with each (old, new) replaced; old must stand there once."""
    path = TREES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(suite, path)
    for old, new in changes:
        replace(path, old, new)
    return str(path)


def validate(tree, *arguments, **changes):
    """(exit status, the lines, stderr); without timing unless that is asked for"""
    if "--speed" not in arguments:
        arguments = ("--no-speed", *arguments)
    done = subprocess.run([sys.executable, str(VALIDATE), *arguments], env=environment(tree, **changes),
                          capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()] if done.returncode != 2 else []
    return done.returncode, lines, done.stderr
