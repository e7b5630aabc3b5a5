# SPDX-License-Identifier: GPL-3.0-or-later
# Layer 3: the container that people work and validate in. Build context: dockerfiles/xformers/scripts. Needs no network.
# At run time the fork is mounted over /workspace/xformers, which is what Python imports; without a mount the copy there
# works alone.
ARG WHEELS_IMAGE
ARG BUILDER_IMAGE
FROM ${BUILDER_IMAGE} AS builder

FROM ${WHEELS_IMAGE}
COPY --from=builder /opt/wheels /opt/wheels
COPY --from=builder /opt/xformers-src /opt/xformers-src
COPY --from=builder /opt/xformers-build /opt/xformers-build
COPY --from=builder /opt/xformers-wheels /opt/xformers-wheels
COPY --from=builder /opt/xformers-commit /opt/xformers-commit
COPY . /opt/kernelyard/

# As in the builder layer, for ninja's commands must be the same.
ARG TORCH_CUDA_ARCH_LIST=12.0
ENV TORCH_CUDA_ARCH_LIST=${TORCH_CUDA_ARCH_LIST} \
    FORCE_CUDA=1 \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    CCACHE_DIR=/workspace/xformers/build/ccache \
    TRITON_CACHE_DIR=/tmp/triton

RUN useradd --create-home --shell /bin/bash vscode \
    && echo 'vscode ALL=(root) NOPASSWD:ALL' > /etc/sudoers.d/vscode \
    && git config --system --add safe.directory '*'

# The prebuilt wheel is installed offline and imported once, so that a broken one fails here. Owners are set in the step that
# makes the files: later it would store them all a second time.
RUN /opt/kernelyard/make-venv torch torchvision torchaudio setuptools wheel numpy packaging pre-commit black flake8 isort \
        xformers \
    && python -c "import xformers; print('xformers', xformers.__version__)" \
    && chown -R vscode: /opt/venv

# The editable link takes the wheel's place. Every object that it asks for is in /opt/xformers-build.
RUN mkdir -p /workspace/xformers \
    && rsync -a --exclude /.git --exclude /third_party /opt/xformers-src/ /workspace/xformers/ \
    && if [ -d /opt/xformers-src/third_party ]; then ln -s /opt/xformers-src/third_party /workspace/xformers/third_party; fi \
    && /opt/kernelyard/link-fork /workspace/xformers \
    && rm -rf /workspace/xformers/build \
    && chown -R vscode: /workspace \
    && chown -Rh --from=root vscode: /opt/venv

# The folder last: Podman looks for it again in each step that comes after.
USER vscode
CMD ["sleep", "infinity"]
WORKDIR /workspace/xformers
