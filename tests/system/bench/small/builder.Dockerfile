# SPDX-License-Identifier: GPL-3.0-or-later
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY . /opt/small/source
RUN --mount=type=cache,id=small-objects,target=/var/cache/small \
    sh /opt/small/source/compile /opt/small/source /opt/small/objects /var/cache/small
