# SPDX-License-Identifier: GPL-3.0-or-later
"""The build: only what changed, in place and as a wheel, safely at once, with words when it can't."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import unittest
import zipfile

import checkout

OBJECTS = 13  # api, schedule, kernels, three types × three instruction sets, and the stand-in for CUDA (on x86-64)


def objects(output):
    """Names of the objects that ninja's lines say were compiled."""
    return sorted(re.findall(r"^\[\d+/\d+\] (?:c\+\+|nvcc) build/(\S+)\.o$", output, re.MULTILINE))


def build_module(tree):
    spec = importlib.util.spec_from_file_location("build_under_test", tree / "python/kernelyard_attention/build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@unittest.skipUnless(os.uname().machine == "x86_64", "the list of objects is that of x86-64")
class Incremental(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = checkout.fresh("incremental")
        cls.first = checkout.build(cls.tree)

    def rebuilt(self, **changes):
        done = checkout.build(self.tree, **changes)
        self.assertEqual(done.returncode, 0, done.stderr)
        return objects(done.stdout)

    def edit(self, name, text):
        path = self.tree / "csrc" / name
        before = path.read_text()
        path.write_text(before + text)
        self.addCleanup(lambda: (path.write_text(before), checkout.build(self.tree)))

    def test_first_build_compiles_everything_and_the_next_nothing(self):
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertEqual(len(objects(self.first.stdout)), OBJECTS)
        start = time.monotonic()
        self.assertEqual(self.rebuilt(), [])
        self.assertLess(time.monotonic() - start, 2)  # 0.03 s of it is the build's own on an idle machine

    def test_an_edit_compiles_that_file_alone(self):
        self.edit("api.cpp", "// an edit\n")
        self.assertEqual(self.rebuilt(), ["api"])

    def test_an_edit_of_a_type_compiles_its_three_instruction_sets(self):
        self.edit("cpu/float16.cpp", "// an edit\n")
        self.assertEqual(self.rebuilt(), ["cpu/float16.baseline", "cpu/float16.v3", "cpu/float16.v4"])

    def test_an_edit_of_a_header_compiles_what_includes_it(self):
        self.edit("cpu/schedule.h", "// an edit\n")
        self.assertEqual(self.rebuilt(), ["api", "cpu/schedule"])

    def test_another_compiler_version_compiles_everything(self):
        (self.tree / "build" / "toolchain").write_text("another compiler\n")
        self.assertEqual(len(self.rebuilt()), OBJECTS)

    def test_a_failed_compilation_is_named_and_the_old_library_stays(self):
        library = self.tree / "python" / "kernelyard_attention" / "libkernelyard_attention.so"
        before = library.read_bytes()
        self.edit("api.cpp", "this is no C++\n")
        done = checkout.build(self.tree)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: ninja ended with status 1", done.stderr)
        self.assertIn("csrc/api.cpp", done.stdout)
        self.assertEqual(library.read_bytes(), before)

    def test_builds_at_the_same_time_wait_for_each_other(self):
        self.edit("api.cpp", "// for two\n")
        command = [sys.executable, "-m", "kernelyard_attention.build"]
        running = [subprocess.Popen(command, env=checkout.environment(self.tree), stdout=subprocess.PIPE, text=True)
                   for _ in range(3)]
        outputs = [process.communicate()[0] for process in running]
        self.assertEqual([process.returncode for process in running], [0, 0, 0])
        self.assertEqual([name for output in outputs for name in objects(output)], ["api"])

    @unittest.skipUnless(shutil.which("ccache"), "ccache is not installed")
    def test_another_checkout_of_the_same_source_compiles_nothing(self):
        done = checkout.build(checkout.fresh("elsewhere"))
        self.assertIn(f"ccache: 0 compiled, {OBJECTS} from the cache", done.stdout)

    def test_max_jobs_is_honoured(self):
        done = checkout.build(checkout.fresh("jobs"), MAX_JOBS="not a number")
        self.assertEqual(done.returncode, 1)
        self.assertIn("invalid -j parameter", done.stderr)

    def test_without_ninja_the_build_says_so(self):
        done = checkout.build(self.tree, PATH="/nonexistent")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ninja is not installed", done.stderr)


class Wheel(unittest.TestCase):
    def test_wheel_holds_one_library_and_needs_no_particular_python(self):
        if importlib.util.find_spec("wheel") is None or importlib.util.find_spec("setuptools") is None:
            self.skipTest("setuptools and wheel are not installed")
        tree = checkout.fresh("wheel")
        done = subprocess.run([sys.executable, "setup.py", "-q", "bdist_wheel"], cwd=tree,
                              env=checkout.environment(tree), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        wheels = list((tree / "dist").glob("*.whl"))
        self.assertEqual(len(wheels), 1)
        self.assertRegex(wheels[0].name, r"^kernelyard_attention-[\d.]+-py3-none-linux_\w+\.whl$")
        names = zipfile.ZipFile(wheels[0]).namelist()
        self.assertEqual([name for name in names if name.endswith(".so")],
                         ["kernelyard_attention/libkernelyard_attention.so"])


class Architectures(unittest.TestCase):
    build = build_module(checkout.SOURCES)

    def flags(self, text):
        return self.build.architecture_flags(self.build.parse_architectures(text))

    def test_lists(self):
        self.assertEqual(self.flags("8.0"), "-gencode=arch=compute_80,code=sm_80")
        self.assertEqual(self.flags("8.0;9.0a+PTX"), "-gencode=arch=compute_80,code=sm_80 "
                         "-gencode=arch=compute_90a,code=sm_90a -gencode=arch=compute_90a,code=compute_90a")
        self.assertEqual(self.flags("8.6, 12.0"), self.flags("8.6;12.0"))

    def test_nonsense_is_refused(self):
        for text in ("80", "Ampere", "8.0;", "8.0+ptx", "9.0;sm_80"):
            with self.subTest(text=text), self.assertRaises(self.build.BuildError):
                self.build.parse_architectures(text)

    @unittest.skipUnless(build.find_nvcc(), "nvcc is not installed")
    def test_with_nvcc_the_library_has_the_architectures_and_loads_without_a_gpu(self):
        tree = checkout.fresh("cuda")
        environment = checkout.environment(tree, KERNELYARD_CUDA_ARCHS="8.0;9.0+PTX")
        del environment["NVCC"]
        done = subprocess.run([sys.executable, "-m", "kernelyard_attention.build"], env=environment, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # each kernel by itself: an edit of one compiles no other
        self.assertLessEqual({"cuda/simt", "cuda/float16_64", "cuda/bfloat16_256"}, set(objects(done.stdout)))
        facts = subprocess.run([sys.executable, "-c", "import kernelyard_attention as p; print(p.describe())"],
                               env=environment, capture_output=True, text=True, check=False)
        self.assertIn("'cudaArchitectures': '8.0;9.0+PTX'", facts.stdout, facts.stderr)


if __name__ == "__main__":
    unittest.main()
