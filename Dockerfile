# The same steps as `make serve`, for a machine that has a container engine.
FROM python:3.11-slim-bookworm

# Debian's own pinned release decides the versions; one release keeps one of each.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make gcc libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 huiqi && mkdir /app /data && chown huiqi /app /data

USER 1000
WORKDIR /app
COPY --chown=1000 . .
ARG TORCH_INDEX=
RUN make install TORCH_INDEX="${TORCH_INDEX}"

ENV HUIQI_HOST=0.0.0.0 HUIQI_PORT=8000 HUIQI_DATA=/data/huiqi
VOLUME /data
EXPOSE 8000
CMD [".venv/bin/huiqi", "serve"]
