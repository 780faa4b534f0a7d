# This image contains only the bot. ComfyUI runs on the machine with the GPU (COMFYUI_URLS).
#   docker build --tag darkroom .
#   docker run --env-file .env --volume darkroom:/data --read-only darkroom

FROM python:3.12-slim AS build
COPY requirements.lock .
# Only wheels, so that an install runs nobody's build script. pip itself stays out of the image.
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes --only-binary :all: \
        --requirement requirements.lock
# Remove debugging symbols and the libraries' own tests. Bytecode stays, so that a start takes one second, not ten.
RUN apt-get update --quiet --quiet \
    && apt-get install --quiet --quiet --yes --no-install-recommends binutils \
    && find /venv -name '*.so*' -type f -exec strip --strip-unneeded {} + \
    && find /venv/lib \( -name tests -o -name testing -o -name '*.pyx' -o -name '*.pyi' \) -prune -exec rm -rf {} +

FROM python:3.12-slim
RUN groupadd --gid 10001 darkroom \
    && useradd --uid 10001 --gid darkroom --no-log-init --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin darkroom \
    && install --directory --mode 0700 --owner darkroom --group darkroom /data
COPY --from=build /venv /venv
WORKDIR /app
COPY bot bot
COPY workflows workflows
# The bot writes only under /data, so the root file system can be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HTTP_PORT=9100
VOLUME /data
USER darkroom
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "bot.health_check"]
CMD ["python", "-m", "bot"]
