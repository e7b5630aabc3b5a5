# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 1: the tools that every later layer needs, and in /tmp/wheels the wheels that compiling the package asks for.
# Nothing comes from a package index: Debian and Ubuntu ship pip, setuptools and wheel as wheels.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}

# docker-clean, in Debian's own images, would empty the cache mount after each installation. Where there is no mount (the
# classic builder), the packages must not stay in the layer.
RUN --mount=type=cache,id=kernelyard-apt,target=/var/cache/apt/archives,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ccache g++ git ninja-build python3 python3-numpy python3-venv rsync \
        python3-pip-whl python3-setuptools-whl python3-wheel-whl \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
    && { mountpoint -q /var/cache/apt/archives || apt-get clean; }

RUN mkdir -p /tmp/wheels \
    && cp /usr/share/python-wheels/setuptools-*.whl /usr/share/python-wheels/wheel-*.whl /tmp/wheels/ \
    && ls -l /tmp/wheels
