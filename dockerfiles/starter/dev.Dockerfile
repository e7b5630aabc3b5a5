# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 3: the container that people work and validate in. Needs no build context: an empty folder will do.
# At run time the fork is mounted over /workspace/attention, which is what Python imports; without a mount the copy
# there works alone.
ARG WHEELS_IMAGE
ARG BUILDER_IMAGE
FROM ${BUILDER_IMAGE} AS builder

FROM ${WHEELS_IMAGE}
COPY --from=builder /opt/attention /opt/attention

# What the builder compiled for, so that a checkout compiles for the same.
ARG KERNELYARD_CUDA_ARCHS=

# Compiler results: those of the builder layer are read, new ones go beside the checkout's build tree.
ENV KERNELYARD_CUDA_ARCHS=${KERNELYARD_CUDA_ARCHS} \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    CCACHE_DIR=/workspace/attention/build/ccache \
    CCACHE_REMOTE_STORAGE="file:/opt/attention/ccache|read-only"

# The prebuilt wheel is installed offline and used once, so that a broken one fails here. Everybody may write there: whoever
# works in a dev container links a checkout of their own, under whatever number the container gives them.
RUN python3 -m venv --system-site-packages /opt/venv \
    && pip install --no-index --find-links /opt/attention/wheels setuptools 'wheel; python_version < "3.13"' \
        kernelyard-attention \
    && chmod -R a+rwX /opt/venv \
    && python -c "import kernelyard_attention as package, numpy; \
one = numpy.ones((1, 2, 1, 8), numpy.float32); \
assert (package.attention(one, one, one) == 1).all(); print(package.describe())"

# The editable install takes the wheel's place. Every object it asks for is in /opt/attention/ccache.
RUN useradd --create-home --shell /bin/bash vscode \
    && mkdir -p /workspace \
    && cp -a /opt/attention/src /workspace/attention \
    && pip install --verbose --no-index --no-build-isolation --no-deps --editable /workspace/attention \
    && find /opt/venv ! -type l ! -perm -o+w -exec chmod a+rwX {} + \
    && chown -R vscode: /workspace

# The folder last: Podman looks for it again in each step that comes after.
USER vscode
CMD ["sleep", "infinity"]
WORKDIR /workspace
