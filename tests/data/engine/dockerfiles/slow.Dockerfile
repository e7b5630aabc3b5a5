FROM debian:12-slim
RUN echo begun; sleep 30; echo never
