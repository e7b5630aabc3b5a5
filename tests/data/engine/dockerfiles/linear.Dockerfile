# Each thing a step can print: both streams, a carriage return, bytes that are not UTF-8, no line end, lines that look
# like the engines' own.
FROM debian:12-slim
ARG WORDS="one two"
ENV GREETING=hello
RUN echo "$GREETING $WORDS"; echo to-stderr >&2
RUN printf '10%%\r50%%\r100%%\n'; printf 'caf\351 \377\n'; printf 'no end'
RUN echo "STEP 9/9: RUN nothing"; echo "Step 9/9 : RUN nothing"; echo "--> 0123456789ab"; echo "Error: not really"; echo '{"vertexes":[]}'
COPY linear.Dockerfile /copied
WORKDIR /srv
CMD ["cat", "/copied"]
