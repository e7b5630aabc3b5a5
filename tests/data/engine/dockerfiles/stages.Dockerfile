FROM debian:12-slim AS left
RUN for i in 1 2 3; do echo left $i; sleep 0.2; done; echo l > /left
FROM debian:12-slim AS right
RUN for i in 1 2 3; do echo right $i; sleep 0.2; done; echo r > /right
FROM debian:12-slim AS unused
RUN echo never built
FROM debian:12-slim
COPY --from=left /left /left
COPY --from=right /right /right
RUN cat /left /right
