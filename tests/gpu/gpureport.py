# SPDX-License-Identifier: GPL-3.0-or-later
"""The report that tests/gpu/run makes part by part, and how it calls programs."""

import os
import subprocess
from pathlib import Path


class Report:
    def __init__(self, folder, title):
        self.folder, self.title, self.parts, self.failed = folder, title, {}, False
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, kind, part, words, text=""):
        """A part of the report that may yet change."""
        self.parts[part] = f"## {part}: {kind.rstrip('!').lower()}\n\n{words}\n\n{text}".rstrip() + "\n"
        # Anew each time, so that a run that is cut off has one, too.
        (self.folder / "report.md").write_text(f"# {self.title}\n\n" + "\n".join(self.parts.values()))

    def tell(self, kind, part, words, text=""):
        print(f"{kind:5} : GpuRun::{part}() {words}".rstrip(), flush=True)
        self.failed |= kind == "FAIL!"
        self.keep(kind, part, words, text)


def called(command, **how):
    """(exit status, standard output, standard error); 127 where the program can't be started, as a shell has it."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    except OSError as error:
        return 127, "", f"{command[0]} can't be run: {error.strerror}"
    return done.returncode, done.stdout, done.stderr


def written(command, out, limit, **how):
    """(exit status, what it wrote to `out`, its standard error); 124 where it took longer than `limit` seconds, as timeout(1)
    has it. What it wrote until then is there."""
    errors = out.with_suffix(".err")
    try:
        with open(out, "w") as lines, open(errors, "w") as words:
            code = subprocess.run(command, stdout=lines, stderr=words, check=False, timeout=limit, **how).returncode
    except OSError as error:
        return 127, "", f"{command[0]} can't be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        code = 124
    return code, out.read_text(), errors.read_text()


def first_line(text):
    return text.strip().splitlines()[0] if text.strip() else ""


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else ""


def fenced(text):
    return f"```\n{text.rstrip()}\n```"


def prepend(environment, name, value):
    """Puts a folder before those that a variable with a list of folders has."""
    environment[name] = os.pathsep.join(filter(None, [value, environment.get(name)]))


def use_drivers_folders(environment, home=Path("/usr/local/nvidia")):
    """Some container hosts keep the driver's files where nothing looks for them."""
    if (home / "bin").is_dir() and str(home / "bin") not in environment.get("PATH", ""):
        environment["PATH"] = os.pathsep.join(filter(None, [environment.get("PATH"), str(home / "bin")]))
    if (home / "lib64").is_dir() and str(home / "lib64") not in environment.get("LD_LIBRARY_PATH", ""):
        prepend(environment, "LD_LIBRARY_PATH", str(home / "lib64"))
