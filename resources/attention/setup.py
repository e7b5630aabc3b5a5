# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands the compilation to kernelyard_attention/build.py, so that wheels and in-place builds are one and the same."""

import importlib.util
import shutil
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = Path(__file__).resolve().parent
PACKAGE = "kernelyard_attention"


def load_build():
    # Not "import kernelyard_attention": that needs numpy, which a build environment lacks.
    spec = importlib.util.spec_from_file_location("build", ROOT / "python" / PACKAGE / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildLibrary(build_ext):
    def run(self):
        build = load_build()
        try:
            built = build.build(ROOT)
        except build.BuildError as error:
            raise CompileError(str(error)) from None  # one line, where others would be a traceback
        if not (self.inplace or self.editable_mode):
            target = Path(self.build_lib) / PACKAGE / built.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(built, target)

    def get_outputs(self):
        return [str(Path(self.build_lib) / PACKAGE / load_build().LIBRARY)]

    def get_output_mapping(self):
        return {output: str(ROOT / "python" / PACKAGE / Path(output).name) for output in self.get_outputs()}


class AnyPythonWheel(bdist_wheel):
    """The library is loaded by ctypes: it needs this platform, but no particular Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(
    ext_modules=[Extension(f"{PACKAGE}._library", sources=[])],
    cmdclass={"build_ext": BuildLibrary, "bdist_wheel": AnyPythonWheel},
)
