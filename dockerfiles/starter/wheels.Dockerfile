# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 1: the tools that every later layer needs, and in /tmp/wheels the wheels that compiling the package asks for.
# Nothing comes from a package index: Debian and Ubuntu ship pip, setuptools and wheel as wheels.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}

# Two steps of much the same size: the engines fetch and check layers side by side. Removed is what no work here asks for,
# 45 MB: NumPy's own tests, and a program that shows what is in object files for link-time optimisation.
# The lists lie with the packages: in a mount of their own, apt would remove Podman's lock of it. docker-clean, in Debian's own
# images, would empty the mount after each installation. Without one (the classic builder) nothing of it must stay in the layer.
RUN --mount=type=cache,id=kernelyard-apt,target=/var/cache/apt/archives,sharing=locked \
    lists='-o Dir::State::Lists=/var/cache/apt/archives/lists' \
    && mkdir -p /var/cache/apt/archives/lists/partial \
    && rm -rf /etc/apt/apt.conf.d/docker-clean /var/lib/apt/lists/* \
    && apt-get ${lists} update \
    && DEBIAN_FRONTEND=noninteractive apt-get ${lists} install --yes --no-install-recommends ccache g++ ninja-build \
    && rm -f /var/cache/apt/*.bin /usr/bin/*-lto-dump-* \
    && { mountpoint -q /var/cache/apt/archives || { apt-get clean; rm -rf /var/cache/apt/archives/lists; }; }

RUN --mount=type=cache,id=kernelyard-apt,target=/var/cache/apt/archives,sharing=locked \
    lists='-o Dir::State::Lists=/var/cache/apt/archives/lists' \
    && mkdir -p /var/cache/apt/archives/lists/partial \
    && apt-get ${lists} update \
    && DEBIAN_FRONTEND=noninteractive apt-get ${lists} install --yes --no-install-recommends \
        git python3 python3-numpy python3-venv rsync python3-pip-whl python3-setuptools-whl python3-wheel-whl \
    && find /usr/lib/python3/dist-packages/numpy -type d -name tests -prune -exec rm -rf {} + \
    && rm -f /var/cache/apt/*.bin \
    && { mountpoint -q /var/cache/apt/archives || { apt-get clean; rm -rf /var/cache/apt/archives/lists; }; } \
    && mkdir -p /tmp/wheels \
    && cp /usr/share/python-wheels/setuptools-*.whl /usr/share/python-wheels/wheel-*.whl /tmp/wheels/ \
    && ls -l /tmp/wheels
