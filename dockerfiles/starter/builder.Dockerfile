# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 2: compiles the attention package once. Build context: the package's sources (resources/attention, or a fork).
# Leaves all that the next layer takes in /opt/attention: its source in src, its one wheel in built, that and all it needs in
# wheels, and the compiler results of exactly this compilation in ccache.
ARG WHEELS_IMAGE
FROM ${WHEELS_IMAGE}

ARG KERNELYARD_CUDA_ARCHS=
ARG MAX_JOBS=

COPY . /opt/attention/src

# The cache mount outlives this layer: after an edit only what it touches is compiled. ccache goes by content, so the times
# of copied files do not matter. RESHARE also writes what was found there to the layer's own store.
RUN --mount=type=cache,id=kernelyard-ccache,target=/var/cache/kernelyard/ccache \
    export CCACHE_DIR=/var/cache/kernelyard/ccache CCACHE_MAXSIZE=2G \
        CCACHE_REMOTE_STORAGE=file:/opt/attention/ccache CCACHE_RESHARE=1 \
    && mkdir -p /opt/attention/ccache /opt/attention/wheels \
    && cp -a /opt/attention/src /tmp/attention \
    && python3 -m venv /tmp/venv \
    && /tmp/venv/bin/pip wheel --verbose --no-index --find-links /tmp/wheels --no-deps \
        --wheel-dir /opt/attention/built /tmp/attention \
    && cp /tmp/wheels/*.whl /opt/attention/built/*.whl /opt/attention/wheels/ \
    && chmod -R a+rX /opt/attention/src /opt/attention/ccache \
    && rm -rf /tmp/attention /tmp/venv \
    && { mountpoint -q /var/cache/kernelyard/ccache || rm -rf /var/cache/kernelyard; } \
    && ls -l /opt/attention/wheels
