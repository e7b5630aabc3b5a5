#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package lists and the script that reads them. Prints results in Qt Test's form.

usage: packagelists.py SOURCE_TREE
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LINE = re.compile(r"^[a-z0-9-]+: (\([\w+-]+\) )?(-|[A-Za-z0-9][\w.+-]*( [A-Za-z0-9][\w.+-]*)*)$")


def needs(text: str):
    """Section and need of every line, in order."""
    section = None
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            yield section, line.split(":", 1)[0]


def faults(lists: dict):
    """What differs from the first list, or is malformed."""
    reference_name, reference = next(iter(lists.items()))
    wanted = list(needs(reference))
    if len(wanted) < 20 or len(set(wanted)) != len(wanted):
        yield f"{reference_name} has too few needs or one twice"
    for name, text in lists.items():
        for line in text.splitlines():
            if line and line[0] not in "#[" and not LINE.match(line):
                yield f"{name}: malformed line: {line}"
        have = list(needs(text))
        for section, need in sorted(set(wanted) - set(have)):
            yield f"{name} lacks {need} in [{section}]"
        for section, need in sorted(set(have) - set(wanted)):
            yield f"{name} has {need} in [{section}], which {reference_name} lacks"
        if len(have) != len(set(have)):
            yield f"{name} has a need twice"


class Report:
    failures = 0

    def add(self, title, problems):
        problems = list(problems)
        for problem in problems:
            print(f"FAIL!  : PackageLists::{title} {problem}")
        self.failures += len(problems)
        if not problems:
            print(f"PASS   : PackageLists::{title}")


def asked(script: Path, os_release: str, *options: str, path: str = os.environ["PATH"]):
    with tempfile.NamedTemporaryFile("w", suffix=".os-release") as file:
        file.write(os_release)
        file.flush()
        return subprocess.run([script, "--os-release", file.name, *options], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": path, "LC_ALL": "C"})


DISTRIBUTIONS = [  # name, os-release, a package that only its list has, one that it must not have
    ("Debian 12", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm", "libbz2-dev", "libkf6archive-dev"),
    ("Debian 13", "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie", "libkf6archive-dev", "libbz2-dev"),
    ("Debian testing", "ID=debian\nVERSION_CODENAME=forky", "libkf6archive-dev", "libbz2-dev"),
    ("Ubuntu 24.04", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nUBUNTU_CODENAME=noble", "libbz2-dev", "libkf6archive-dev"),
    ("Ubuntu 26.04", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=26.04\nUBUNTU_CODENAME=resolute", "libkf6archive-dev", "libbz2-dev"),
    ("Linux Mint 22", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22\nUBUNTU_CODENAME=noble", "passt", "libkf6archive-dev"),
    ("Fedora", "ID=fedora\nVERSION_ID=44", "kf6-karchive-devel", "g++"),
    ("Arch", "ID=arch", "karchive", "g++"),
    ("Manjaro", "ID=manjaro\nID_LIKE=arch", "karchive", "g++"),
]
UNKNOWN = [("nothing known", "ID=void\nPRETTY_NAME=Void"), ("RHEL", "ID=rhel\nID_LIKE=fedora\nVERSION_ID=9"),
           ("Debian 11", "ID=debian\nVERSION_ID=11\nVERSION_CODENAME=bullseye"),
           ("Ubuntu 22.04", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=22.04\nUBUNTU_CODENAME=jammy")]


def main() -> int:
    root = Path(sys.argv[1])
    script = root / "installer" / "dependencies"
    lists = {p.name: p.read_text(encoding="utf-8") for p in sorted((root / "installer" / "packages").glob("*.txt"))}
    report = Report()
    report.add("sameNeeds(the project)", faults(lists))
    report.add("sameNeeds(six lists)", [] if len(lists) == 6 else [f"there are {len(lists)}"])
    first = next(iter(lists.values()))
    for title, spoilt in [("a need is missing", first.replace("ninja:", "ninja-too:")),
                          ("a need moved to another section", first.replace("[run]\n", "")),
                          ("a line is malformed", first + "odd line\n")]:
        found = list(faults({"first": first, "spoilt": spoilt}))
        report.add(f"sameNeeds({title})", [] if found else ["was not found"])

    for name, os_release, has, lacks in DISTRIBUTIONS:
        done = asked(script, os_release, "--print", "--for", "build,run,test,style")
        packages = done.stdout.split()
        problems = [] if done.returncode == 0 else [f"status {done.returncode}: {done.stderr}"]
        problems += [] if has in packages else [f"{has} is not among {packages}"]
        problems += [] if lacks not in packages else [f"{lacks} is of another distribution"]
        report.add(f"distribution({name})", problems)
    for name, os_release in UNKNOWN:
        done = asked(script, os_release)
        good = done.returncode == 3 and "qt6-base-dev" in done.stderr and "no package list" in done.stderr
        report.add(f"unknown({name})", [] if good else [f"status {done.returncode}: {done.stderr[:200]}"])
    done = asked(script, "ID=debian\nVERSION_ID=12", "--sideways")
    report.add("wrongUse()", [] if done.returncode == 2 else [f"status {done.returncode}"])

    # A package manager that knows nothing as installed, and no sudo for somebody who is not root.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "dpkg-query").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        Path(folder, "dpkg-query").chmod(0o755)
        done = asked(script, "ID=debian\nVERSION_ID=12", "--check", path=folder + ":" + os.environ["PATH"])
        good = done.returncode == 3 and "qt6-base-dev" in done.stdout
        report.add("checkTellsWhatIsMissing()", [] if good else [f"status {done.returncode}: {done.stdout}"])
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
