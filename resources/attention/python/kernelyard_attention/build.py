# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the library of an editable checkout in place: python -m kernelyard_attention.build

Writes a ninja file and runs ninja, so that only what changed is compiled; where ccache is installed, the compilers run
under it. The tree is always <checkout>/build and every path in a command is relative to the checkout, so that the same
source gives the same command, and a cache entry, wherever the checkout lies.

Environment: MAX_JOBS (parallel compiler processes; default: the CPUs this process may use), CXX, CXXFLAGS, NVCC,
KERNELYARD_CUDA_ARCHS or TORCH_CUDA_ARCH_LIST ("8.0;9.0+PTX"), and ccache's own variables.
"""

import argparse
import contextlib
import fcntl
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

LIBRARY = "libkernelyard_attention.so"
TYPES = ("float32", "float16", "bfloat16")
INSTRUCTION_SETS = {
    "x86_64": {"baseline": "", "v3": "-march=x86-64-v3", "v4": "-march=x86-64-v4 -mprefer-vector-width=512"}
}
CXX_FLAGS = "-std=c++17 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -fPIC -fvisibility=hidden -fopenmp"
WARNINGS = "-Wall -Wextra -Wshadow -Wno-psabi"
DEFAULT_ARCHITECTURES = "8.0;9.0+PTX"


class BuildError(Exception):
    """One sentence for people; the compiler has already said the rest."""


def parse_architectures(text):
    """"8.0;9.0a+PTX" → [("8.0", "80", False), ("9.0a", "90a", True)]; commas and blanks separate too."""
    parsed = []
    for item in re.split(r"[;,\s]+", text.strip()):
        match = re.fullmatch(r"(\d+)\.(\d)([af]?)(\+PTX)?", item)
        if not match:
            raise BuildError(f'"{item}" is no CUDA architecture; expected a list such as "8.0;9.0+PTX".')
        major, minor, variant, ptx = match.groups()
        parsed.append((f"{major}.{minor}{variant}", f"{major}{minor}{variant}", ptx is not None))
    return parsed


def architecture_flags(architectures):
    flags = []
    for _, number, ptx in architectures:
        flags.append(f"-gencode=arch=compute_{number},code=sm_{number}")
        if ptx:
            flags.append(f"-gencode=arch=compute_{number},code=compute_{number}")
    return " ".join(flags)


def find_nvcc():
    """The CUDA compiler, or None: NVCC (empty means none), then PATH, then the toolkit's usual place."""
    if "NVCC" in os.environ:
        return os.environ["NVCC"] or None
    usual = Path(os.environ.get("CUDA_HOME", "/usr/local/cuda")) / "bin" / "nvcc"
    return shutil.which("nvcc") or (str(usual) if os.access(usual, os.X_OK) else None)


def version_of(program):
    found = subprocess.run([*shlex.split(program), "--version"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise BuildError(f"{program} --version failed: {found.stderr.strip()}")
    return found.stdout


class Ninja:
    """The text of a ninja file."""

    def __init__(self):
        self.lines = ["# Written by kernelyard_attention/build.py; changes here are lost.", "builddir = build", ""]

    def rule(self, name, **bindings):
        self.lines += [f"rule {name}", *(f"  {key} = {value}" for key, value in bindings.items()), ""]

    def build(self, output, rule, inputs, implicit=(), **bindings):
        depends = f" | {' '.join(implicit)}" if implicit else ""
        self.lines += [f"build {output}: {rule} {' '.join(inputs)}{depends}"]
        self.lines += [f"  {key} = {value}" for key, value in bindings.items()] + [""]

    def text(self):
        return "\n".join(self.lines) + "\n"


def ninja_file(launcher, cxx, nvcc, machine):
    ninja = Ninja()
    prefix = f"{launcher} " if launcher else ""
    extra = os.environ.get("CXXFLAGS", "")
    ninja.rule(
        "cxx",
        command=f"{prefix}{cxx} {CXX_FLAGS} {WARNINGS} {extra} $flags -MD -MF $out.d -c $in -o $out",
        depfile="$out.d",
        deps="gcc",
        description="c++ $out",
    )
    ninja.rule("link", command=f"{cxx} -shared -fopenmp -Wl,--no-undefined -o $out $in $libs", description="link $out")
    objects = []

    def compile_(rule, source, name, **bindings):
        objects.append(f"build/{name}.o")
        ninja.build(objects[-1], rule, [f"csrc/{source}"], ["build/toolchain"], **bindings)

    for source in ("api.cpp", "cpu/schedule.cpp", "cpu/kernels.cpp"):
        compile_("cxx", source, source.removesuffix(".cpp"))
    for isa, flags in INSTRUCTION_SETS.get(machine, {"baseline": ""}).items():
        for element in TYPES:
            compile_("cxx", f"cpu/{element}.cpp", f"cpu/{element}.{isa}", flags=f"{flags} -DKYA_ISA={isa}".strip())
    libraries = ""
    if nvcc:
        libraries = add_cuda(ninja, compile_, prefix, nvcc)
    else:
        compile_("cxx", "cuda/absent.cpp", "cuda/absent")
    ninja.build(f"build/{LIBRARY}", "link", objects, libs=libraries)
    return ninja.text()


def place_of(file, folders):
    return next((folder for folder in folders if (folder / file).exists()), None)


def add_cuda(ninja, compile_, prefix, nvcc):
    text = os.environ.get("KERNELYARD_CUDA_ARCHS") or os.environ.get("TORCH_CUDA_ARCH_LIST") or DEFAULT_ARCHITECTURES
    architectures = parse_architectures(text)
    ninja.rule(
        "nvcc",
        # two architectures at a time: an edit of one file leaves the other processors idle, and memory is at most doubled
        command=f"{prefix}{nvcc} -std=c++17 -O3 --threads=2 -Xcompiler=-fPIC,-fvisibility=hidden "
        f"{architecture_flags(architectures)} $flags -MD -MF $out.d -c $in -o $out",
        depfile="$out.d",
        deps="gcc",
        description="nvcc $out",
    )
    names = ";".join(f"{name}{'+PTX' if ptx else ''}" for name, _, ptx in architectures)
    compile_("nvcc", "cuda/simt.cu", "cuda/simt")
    for element, dim in itertools.product(("float16", "bfloat16"), (256, 128, 64)):  # the longest first
        compile_("nvcc", f"cuda/{element}_{dim}.cu", f"cuda/{element}_{dim}")
    home = Path(nvcc).resolve().parent.parent
    folder = place_of("libcudart_static.a", [home / "lib64", *home.glob("targets/*/lib")])
    headers = place_of("cuda_runtime_api.h", [home / "include", *home.glob("targets/*/include")])
    for found, name in ((folder, "libcudart_static.a"), (headers, "cuda_runtime_api.h")):
        if found is None:
            raise BuildError(f"nvcc is at {nvcc}, but {name} is not below {home}: the CUDA runtime's development files are "
                             "missing.")
    compile_("cxx", "cuda/device.cpp", "cuda/device", flags=f"-isystem {headers} '-DKYA_ARCHITECTURES=\"{names}\"'")
    # Static, and the runtime itself opens the driver with dlopen: the library loads on machines without CUDA.
    return f"-L{folder} -lcudart_static -ldl -lrt -lpthread"


def write_if_changed(path, text):
    """Keeps the time of an unchanged file, which is what ninja goes by."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


@contextlib.contextmanager
def locked(file):
    """One build of a tree at a time; a second waits and then finds nothing to do."""
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compiled_sources(log):
    """What ccache's statistics log of one build says: (sources compiled, sources taken from the cache)."""
    compiled, cached, source = [], [], None
    for line in log.read_text().splitlines() if log.exists() else []:
        if line.startswith("# "):
            source = line[2:]
        elif line == "cache_miss":
            compiled.append(source)
        elif line in ("direct_cache_hit", "preprocessed_cache_hit"):
            cached.append(source)
    return compiled, cached


def install(built, target):
    """A process may have the old library mapped, so it is replaced, never written into."""
    if target.exists() and target.read_bytes() == built.read_bytes():
        return
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(built, staged)
    os.replace(staged, target)


def build(root, output=None):
    """Brings the library of the checkout at `root` up to date and returns its path. Compiler output goes to `output`."""
    root = Path(root)
    if not (root / "csrc" / "api.cpp").exists():
        raise BuildError(f"{root} holds no sources: this package is not an editable checkout.")
    for tool in ("ninja", os.environ.get("CXX", "c++").split()[0]):
        if not shutil.which(tool):
            raise BuildError(f"{tool} is not installed; it is needed to compile the attention library.")
    tree = root / "build"
    target = root / "python" / "kernelyard_attention" / LIBRARY
    try:
        tree.mkdir(exist_ok=True)
        lock = open(tree / ".lock", "w")
    except OSError as error:
        raise BuildError(f"{tree} cannot be written: {error.strerror}.") from error
    with locked(lock):
        launcher = shutil.which("ccache")
        cxx, nvcc = os.environ.get("CXX", "c++"), find_nvcc()
        # A changed compiler changes every object; ninja itself looks at commands and times only.
        write_if_changed(tree / "toolchain", version_of(cxx) + (version_of(nvcc) if nvcc else ""))
        write_if_changed(tree / "build.ninja", ninja_file(launcher, cxx, nvcc, os.uname().machine))
        log = tree / "ccache.log"
        log.unlink(missing_ok=True)
        jobs = os.environ.get("MAX_JOBS") or str(len(os.sched_getaffinity(0)))
        environment = dict(os.environ, CCACHE_NOHASHDIR="1", CCACHE_STATSLOG=str(log))
        start = time.monotonic()
        done = subprocess.run(["ninja", "-f", "build/build.ninja", "-j", jobs], cwd=root, env=environment, check=False,
                              stdout=output, stderr=output)
        if done.returncode != 0:
            raise BuildError(f"ninja ended with status {done.returncode}: the attention library does not compile.")
        if launcher and log.exists():
            compiled, cached = compiled_sources(log)
            print(f"ccache: {len(compiled)} compiled, {len(cached)} from the cache, {time.monotonic() - start:.1f} s",
                  file=output or sys.stdout, flush=True)
        install(tree / LIBRARY, target)
    return target


def main():
    parser = argparse.ArgumentParser(prog="python -m kernelyard_attention.build",
                                     description="Compile the attention library of this checkout in place.")
    parser.parse_args()
    try:
        print(build(Path(__file__).resolve().parents[2]))
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
