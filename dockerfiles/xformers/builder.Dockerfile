# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 2: compiles xFormers once. Build context: dockerfiles/xformers/scripts.
# Leaves the checkout with its submodules in /opt/xformers-src, its one wheel in /opt/xformers-wheels, that and what it
# needs beyond /tmp/wheels in /opt/wheels, ninja's objects in /opt/xformers-build, the commit in /opt/xformers-commit.
ARG WHEELS_IMAGE
FROM ${WHEELS_IMAGE}

# A GPU can't be seen while an image is built, so the compute capabilities are told, and CUDA is compiled for anyway.
ARG TORCH_CUDA_ARCH_LIST=12.0
ENV TORCH_CUDA_ARCH_LIST=${TORCH_CUDA_ARCH_LIST} \
    FORCE_CUDA=1

ARG FIRST_BUILD_URL
ARG FIRST_BUILD_REF=HEAD
ARG PACKAGE_INDEX=
ARG MAX_JOBS=

COPY . /opt/kernelyard/

# Both cache mounts outlive this layer: the checkout with ninja's tree, so that only what changed is compiled again, and
# the compiler results, which also serve after a change of PyTorch's version and back.
RUN --mount=type=cache,id=kernelyard-ccache,target=/var/cache/kernelyard/ccache \
    --mount=type=cache,id=kernelyard-xformers,target=/workspace/xformers,sharing=locked \
    /opt/kernelyard/first-build
