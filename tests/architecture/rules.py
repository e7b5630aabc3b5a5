#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ARCHITECTURE.md that a compiler does not check, and tests of the checks themselves.

usage: rules.py SOURCE_TREE [CORE_LIBRARY_LINK_FILE]

Prints results in Qt Test's form. Every rule is first tried on a small tree with that one fault planted: a rule that does
not find it fails.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What each folder may include besides itself. base <- process <- {engine, archive, fork, gpu, log} <-
# {environment, wheel, diagnosis, validation, ...} <- build <- {benchmark, preflight} <- ui <- app
BOTTOM = ["core/base", "core/process"]
TOOLS = ["core/engine", "core/archive", "core/fork", "core/gpu", "core/log"]
MIDDLE = ["core/environment", "core/wheel", "core/diagnosis", "core/validation", "core/devcontainer"]
LAYERS = [["core/base"], ["core/process"], TOOLS, MIDDLE, ["core/build"], ["core/benchmark", "core/preflight"], ["ui"], ["app"]]
RANK = {folder: rank for rank, layer in enumerate(LAYERS) for folder in layer}
PAGES = {"environments", "builds", "wheels", "forks", "gpu", "validation", "benchmarks", "settings"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
# Class headers of Qt Gui and Qt Widgets that a core source could reach for, and the modules by name.
GUI = re.compile(r"^(QtGui|QtWidgets|QtSvg|Qt(Gui|Widgets)/.*|Q(Application|GuiApplication|Widget|MainWindow|Dialog|Label|"
                 r"PushButton|Painter|Pixmap|Image|Icon|Color|Font|Palette|Action|Style|Brush|Pen|KeySequence|Cursor|"
                 r"StandardItemModel|DesktopServices|Clipboard|Screen|Window|TextDocument|Validator|Event|Layout|"
                 r"[HV]BoxLayout|GridLayout|MessageBox|FileDialog|SvgRenderer))$")
LONGEST = 800
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
# Folders of one machine, and hosts that must come from the system's own configuration. Written so that they don't match
# themselves.
MACHINE = re.compile(r"(/work/(?:main|wt|shared)\b|/tmp/bash_jobs|/home/(?!user\b|you\b|vscode\b|me\b|ada\b|dev\b)[a-z]\w*/)")
HOST = re.compile(r"\b((?:deb|ftp|security|snapshot|archive|ports)[.](?:[a-z]{2}[.])?(?:debian[.]org|ubuntu[.]com)|"
                  r"(?:files[.])?pypi[.](?:org|python[.]org)|pythonhosted[.]org)")
# Recorded output of real tools says what the tools said.
RECORDED = "tests/data/"


class Tree:
    """A source tree's text files by relative path: those that git tracks, else all."""

    def __init__(self, root: Path):
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
        if listed.returncode == 0 and listed.stdout:
            names = [n for n in listed.stdout.decode().split("\0") if n]
        else:
            names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and p.relative_to(root).parts[0] != "build"]
        self.files = {}
        for name in names:
            try:
                self.files[name] = (root / name).read_text(encoding="utf-8")
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue  # a picture, or a file deleted since

    def sources(self, *tops: str):
        return {n: t for n, t in self.files.items()
                if n.endswith((".h", ".cpp")) and n.startswith(tuple(top + "/" for top in tops))}


def includes(text: str):
    return [name for _, name in INCLUDE.findall(text)]


def folder_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "core" else parts[0]


def include_direction(tree: Tree):
    for name, text in tree.sources("core", "ui", "app").items():
        own = folder_of(name)
        for included in includes(text):
            other = folder_of(included)
            if included.split("/")[0] not in ("core", "ui", "app") or own == other:
                continue
            if own not in RANK or other not in RANK:
                yield f"{name} includes {included}: a folder without a place in the include direction"
            elif RANK[other] > RANK[own] or (RANK[other] == RANK[own] and own not in MIDDLE):
                yield f"{name} includes {included}, which is above or beside it"


def core_without_gui(tree: Tree):
    for name, text in tree.sources("core").items():
        for included in includes(text):
            if GUI.match(included):
                yield f"{name} includes <{included}>"


def one_user(pattern: str, folder: str):
    def rule(tree: Tree):
        for name, text in tree.sources("core", "ui", "app", "tests").items():
            for included in includes(text):
                if re.match(pattern, included) and not name.startswith(folder + "/"):
                    yield f"{name} includes <{included}>; only {folder} may"
    return rule


def pages_apart(tree: Tree):
    for name, text in tree.sources("ui").items():
        own = name.split("/")[1]
        for included in includes(text):
            parts = included.split("/")
            if own in PAGES and parts[0] == "ui" and parts[1] in PAGES and parts[1] != own:
                yield f"{name} includes another page's {included}"


def not_too_long(tree: Tree):
    for name, text in tree.sources("core", "ui", "app", "tests").items():
        lines = text.count("\n")
        if lines > LONGEST:
            yield f"{name} has {lines} lines, over {LONGEST}"


def licensed(tree: Tree):
    for name, text in tree.sources("core", "ui", "app", "tests", "resources").items():
        if LICENCE not in text.split("\n", 1)[0]:
            yield f"{name} does not begin with {LICENCE}"


def nothing_of_one_machine(tree: Tree):
    for name, text in tree.files.items():
        if name.endswith("architecture/rules.py"):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            found = MACHINE.search(line) or (not name.startswith(RECORDED) and HOST.search(line))
            if found:
                yield f"{name}:{number} names {found.group(1)}"


HEADER = "// " + LICENCE + "\n"
# Rule, and a fault that it must find: path and text of one file in an otherwise good tree.
RULES = {
    "includeDirection": (include_direction, [
        ("core/base/low.cpp", HEADER + '#include "core/process/run.h"\n'),
        ("core/engine/tool.cpp", HEADER + '#include "core/build/plan.h"\n'),
        ("core/log/build.cpp", HEADER + '#include "core/build/plan.h"\n'),
        ("core/engine/beside.cpp", HEADER + '#include "core/fork/git.h"\n'),
        ("core/build/up.cpp", HEADER + '#include "ui/widgets/badge.h"\n'),
        ("core/build/check.cpp", HEADER + '#include "core/preflight/check.h"\n'),
        ("ui/shell/up.cpp", HEADER + '  #  include "app/main.h"\n'),
        ("core/stray/x.cpp", HEADER + '#include "core/base/result.h"\n')]),
    "coreWithoutGui": (core_without_gui, [
        ("core/base/paint.cpp", HEADER + "#include <QPainter>\n"),
        ("core/base/module.cpp", HEADER + "#include <QtWidgets>\n"),
        ("core/base/sub.cpp", HEADER + "#include <QtGui/QImage>\n")]),
    "onlyForkUsesLibgit2": (one_user(r"git2(\.h|/)", "core/fork"), [
        ("core/build/git.cpp", HEADER + "#include <git2.h>\n"),
        ("ui/forks/git.cpp", HEADER + "#include <git2/clone.h>\n")]),
    "onlyArchiveUsesKArchive": (one_user(r"(KArchive/)?(K(Tar|Zip|7Zip|Archive\w*|CompressionDevice|FilterBase)|"
                                         r"k(tar|zip|7zip|archive\w*|compressiondevice|filterbase)\.h)$", "core/archive"), [
        ("core/wheel/wheel.cpp", HEADER + "#include <KZip>\n"),
        ("tests/core/x.cpp", HEADER + "#include <ktar.h>\n"),
        ("ui/builds/x.cpp", HEADER + "#include <KArchive/KTar>\n")]),
    "onlyLogUsesZstd": (one_user(r"zstd(\.h|_errors\.h)$", "core/log"), [
        ("core/build/pack.cpp", HEADER + "#include <zstd.h>\n")]),
    "pagesApart": (pages_apart, [("ui/builds/page.cpp", HEADER + '#include "ui/settings/settingspage.h"\n')]),
    "notTooLong": (not_too_long, [("core/base/long.cpp", HEADER + "\n" * LONGEST)]),
    "licensed": (licensed, [("core/base/free.cpp", "#include <QString>\n"), ("ui/shell/empty.h", "")]),
    "nothingOfOneMachine": (nothing_of_one_machine, [
        ("README.md", "cd /work" + "/main\n"),
        ("installer/x", "curl https://deb." + "debian.org/debian\n"),
        ("docs/x.md", "pip install -i https://pypi" + ".org/simple\n"),
        ("docs/y.md", "/home" + "/somebody/src\n")]),
}
GOOD = {"core/base/good.h": HEADER + "#include <QString>\n",
        "core/engine/good.cpp": HEADER + '#include "core/engine/good.h"\n#include "core/process/run.h"\n',
        "core/environment/good.cpp": HEADER + '#include "core/engine/good.h"\n#include "core/validation/suite.h"\n',
        "core/fork/git.cpp": HEADER + "#include <git2.h>\n",
        "core/preflight/good.cpp": HEADER + '#include "core/build/plan.h"\n',
        "core/archive/archive.cpp": HEADER + "#include <KTar>\n",
        "ui/builds/page.cpp": HEADER + '#include "ui/widgets/badge.h"\n#include "core/build/builds.h"\n',
        "app/main.cpp": HEADER + '#include "ui/shell/mainwindow.h"\n'}


def tree_with(faults):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**GOOD, **dict(faults)}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(Path(folder))


class Report:
    failures = 0

    def add(self, title: str, problems):
        problems = list(problems)
        if not problems:
            print(f"PASS   : Architecture::{title}")
            return
        self.failures += 1
        for problem in problems:
            print(f"FAIL!  : Architecture::{title} {problem}")


def links_no_gui(link_file: Path):
    """LINK_FILE has the file names of everything that kernelyard-core makes a program link."""
    text = link_file.read_text(encoding="utf-8")
    if "Qt6::Core" not in text and "Qt6Core" not in text:
        yield f"{link_file} does not say what kernelyard-core links"
    for module in re.findall(r"Qt6(?:::)?(?:Gui|Widgets|Svg|OpenGL)\b", text):
        yield f"kernelyard-core links {module}"


def main() -> int:
    report = Report()
    tree = Tree(Path(sys.argv[1]).resolve())
    for title, (rule, faults) in RULES.items():
        report.add(f"{title}(the project)", rule(tree))
        report.add(f"{title}(a tree without faults)", rule(tree_with([])))
        for fault in faults:
            found = list(rule(tree_with([fault])))
            report.add(f"{title}(planted in {fault[0]})", [] if found else ["was not found"])
    if len(sys.argv) > 2:
        report.add("coreLinksNoGui(the project)", links_no_gui(Path(sys.argv[2])))
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as planted:
            planted.write("Qt6::Core;Qt6::Widgets")
            planted.flush()
            found = list(links_no_gui(Path(planted.name)))
            report.add("coreLinksNoGui(planted)", [] if found else ["was not found"])
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
