# SPDX-License-Identifier: GPL-3.0-or-later
ARG BASE_IMAGE
ARG BUILDER_IMAGE
FROM ${BUILDER_IMAGE} AS builder

FROM ${BASE_IMAGE}
COPY --from=builder /opt/small /opt/small
