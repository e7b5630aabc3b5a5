# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environments' Dockerfiles promise: offline installs, no frontend from a registry, one source for two builders."""

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import checkout

FOLDERS = [checkout.ROOT / "dockerfiles" / name for name in ("starter", "xformers")]
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.Dockerfile"))]
SCRIPTS = sorted((FOLDERS[1] / "scripts").iterdir())
MOUNT = re.compile(r"--mount=type=cache,\S+ ")


def instructions(path):
    """The file without comments, continuation lines joined."""
    kept = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(kept))


class Dockerfiles(unittest.TestCase):
    def test_the_three_layers_are_there(self):
        for folder in FOLDERS:
            self.assertLessEqual({f"{layer}.Dockerfile" for layer in ("wheels", "builder", "dev")},
                                 {path.name for path in folder.iterdir()})

    def test_classic_files_differ_by_their_cache_mounts_only(self):
        for path in FILES:
            if path.name.endswith(".classic.Dockerfile"):
                original = path.with_name(path.name.replace(".classic", ""))
                self.assertEqual(instructions(path), MOUNT.sub("", instructions(original)), path.name)
            else:
                classic = path.with_name(path.name.replace(".Dockerfile", ".classic.Dockerfile"))
                self.assertEqual(classic.exists(), "--mount" in instructions(path), path.name)

    def test_no_classic_file_has_a_mount(self):
        self.assertFalse([path.name for path in FILES if ".classic." in path.name and "--mount" in instructions(path)])

    def test_every_pip_call_is_offline(self):
        # Two may ask an index: xFormers' layer of wheels, and its builder for what the fork needs besides.
        calls = [call for path in FILES + SCRIPTS for call in re.findall(r"\bpip (?:install|wheel)\b[^&\n]*", instructions(path))]
        calls += [call for path in FILES for call in re.findall(r"\bpip download\b[^&]*", instructions(path))
                  if path.parent.name == "starter"]
        self.assertGreaterEqual(len(calls), 6)
        for call in calls:
            self.assertIn("--no-index", call)

    def test_no_frontend_and_no_address(self):
        for path in FILES:
            self.assertNotRegex(path.read_text(), r"(?im)^#\s*syntax\s*=|https?://|\b(?:docker|quay|ghcr)\.io\b", path.name)

    def test_every_argument_is_used(self):
        for path in FILES:
            text = instructions(path)
            for name in re.findall(r"^ARG (\w+)", text, re.MULTILINE):
                # Read by kernelyard_attention/build.py, by PyTorch and by scripts/first-build.
                in_environment = name in ("KERNELYARD_CUDA_ARCHS", "MAX_JOBS") or any(
                    re.search(rf"\b{name}\b", script.read_text()) for script in SCRIPTS)
                self.assertTrue(in_environment or f"${{{name}}}" in text or f"${{{name}:" in text, f"{path}: {name}")

    def test_the_context_leaves_out_what_is_built(self):
        ignored = (checkout.SOURCES / ".dockerignore").read_text().split()
        for name in (".dockerignore", ".git", "build", "**/*.so"):
            self.assertIn(name, ignored)


def git(folder, *words):
    done = subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@l", "-c", "protocol.file.allow=always", "-C",
                           str(folder), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder):
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    return commit(folder, "one")


def commit(folder, text):
    (folder / "file").write_text(text)
    git(folder, "add", "file")
    git(folder, "commit", "--quiet", "--message", text)
    return git(folder, "rev-parse", "HEAD")


class Scripts(unittest.TestCase):
    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = Path(kept.name)

    def check_out(self, tree, ref):
        """As first-build asks it, in a condition."""
        script = FOLDERS[1] / "scripts" / "first-build"
        function = re.search(r"^check_out\(\).*?^}$", script.read_text(), re.MULTILINE | re.DOTALL).group(0)
        done = subprocess.run(["bash", "-c", f"set -euo pipefail\n{function}\nif ! check_out; then exit 7; fi"], cwd=tree,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "FIRST_BUILD_REF": ref,
                                   "FIRST_BUILD_URL": str(self.folder / "origin")}, capture_output=True, check=False)
        return done.returncode

    def test_what_could_not_be_fetched_is_no_checkout(self):
        newest = repository(self.folder / "origin")
        tree = self.folder / "tree"
        tree.mkdir()
        self.assertEqual(self.check_out(tree, "main"), 0)
        self.assertEqual(git(tree, "rev-parse", "HEAD"), newest)
        self.assertEqual(self.check_out(tree, "a-typing-error"), 7)  # the old commit would be compiled as if it were that

    def test_submodules_that_are_there_stay_where_they_are(self):
        repository(self.folder / "cutlass")
        repository(self.folder / "other")
        repository(self.folder / "outer")
        for name in ("cutlass", "other"):
            git(self.folder / "outer", "submodule", "--quiet", "add", str(self.folder / name), f"third_party/{name}")
        git(self.folder / "outer", "commit", "--quiet", "--message", "submodules")
        fork = self.folder / "fork"
        git(self.folder, "clone", "--quiet", "--recursive", str(self.folder / "outer"), str(fork))
        own = commit(fork / "third_party/cutlass", "mine")
        git(fork, "submodule", "--quiet", "deinit", "--force", "third_party/other")
        script = FOLDERS[1] / "scripts" / "link-fork"
        loader = importlib.machinery.SourceFileLoader("link_fork", str(script))
        link_fork = importlib.util.module_from_spec(importlib.util.spec_from_loader("link_fork", loader))
        self.addCleanup(setattr, sys, "dont_write_bytecode", sys.dont_write_bytecode)
        sys.dont_write_bytecode = True  # not into what images are made from
        loader.exec_module(link_fork)
        link_fork.take_submodules(fork)
        self.assertTrue((fork / "third_party/other/file").exists())
        self.assertEqual(git(fork / "third_party/cutlass", "rev-parse", "HEAD"), own)


if __name__ == "__main__":
    unittest.main()
