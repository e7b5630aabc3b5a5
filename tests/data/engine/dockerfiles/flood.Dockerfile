FROM debian:12-slim
RUN seq 1 60000
RUN echo after the flood
