# SPDX-License-Identifier: GPL-3.0-or-later
# For Docker without BuildKit: wheels.Dockerfile without its cache mounts. A test keeps the two the same.
# Layer 1: the tools that every later layer needs, and in /tmp/wheels PyTorch with its CUDA libraries, Triton and what
# compiling and developing ask for. Build context: a folder of wheels that are taken before any index is asked; it may
# be empty, and may hold a mirrored index (TORCH_INDEX=file:///tmp/wheels/FOLDER).
ARG BASE_IMAGE
FROM ${BASE_IMAGE}

# The base image's own packages. docker-clean would empty the cache mount after each installation; without a mount (the
# classic builder) the packages must not stay in the layer.
RUN \
    rm -f /etc/apt/apt.conf.d/docker-clean \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates ccache curl g++ git less ninja-build openssh-client python3 python3-dev python3-venv rsync sudo \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
    && { mountpoint -q /var/cache/apt/archives || apt-get clean; }

# The same compiler names in every layer: they stand in ninja's commands, and another command is another compilation.
ENV PATH=/usr/lib/ccache:${PATH} \
    PYTORCH_NVCC="ccache nvcc"

ARG TORCH_INDEX=
ARG TORCH_CHANNEL=stable
ARG CUDA_TAG=cu128
ARG TORCH_VERSION=
ARG PACKAGE_INDEX=

COPY . /tmp/wheels/

# An index left empty is never asked: then all must lie in the folder; "default" is pip's own. PyTorch comes from its own
# index alone, so that no package of the same name elsewhere can take its place.
RUN \
    torch="torch${TORCH_VERSION:+==${TORCH_VERSION}}" \
    && from="--no-index" && torch_from="--no-index" && channel="" \
    && if [ "${TORCH_CHANNEL}" = nightly ]; then channel=nightly/; fi \
    && if [ -n "${PACKAGE_INDEX}" ]; then from="--index-url ${PACKAGE_INDEX}"; fi \
    && if [ "${PACKAGE_INDEX}" = default ]; then from=""; fi \
    && if [ -n "${TORCH_INDEX}" ]; then torch_from="--index-url ${TORCH_INDEX}/${channel}${CUDA_TAG}"; fi \
    && if [ "${TORCH_CHANNEL}" = nightly ]; then torch_from="${torch_from} --pre"; fi \
    && export PIP_CACHE_DIR=/var/cache/kernelyard/pip \
    && python3 -m venv /tmp/venv \
    && get="/tmp/venv/bin/pip download --only-binary :all: --find-links /tmp/wheels --dest /tmp/wheels" \
    && ${get} ${from} pip \
    && /tmp/venv/bin/pip install --no-index --find-links /tmp/wheels --upgrade pip \
    && ${get} ${from} setuptools wheel numpy packaging pre-commit black flake8 isort \
    && ${get} ${torch_from} "${torch}" torchvision torchaudio \
    && find /tmp/wheels -mindepth 1 -maxdepth 1 ! -name '*.whl' -exec rm -rf {} + \
    && chmod -R a+rX /tmp/wheels \
    && rm -rf /tmp/venv \
    && { mountpoint -q /var/cache/kernelyard/pip || rm -rf /var/cache/kernelyard; } \
    && ls -l /tmp/wheels
