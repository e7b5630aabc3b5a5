FROM debian:12-slim
RUN echo fine
RUN echo 'kernel.cu(12): error: identifier "foo" is undefined' >&2; exit 3
RUN echo never
