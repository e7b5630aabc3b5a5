# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environments' Dockerfiles promise: offline installs, no frontend from a registry, one source for two builders."""

import re
import unittest

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


if __name__ == "__main__":
    unittest.main()
