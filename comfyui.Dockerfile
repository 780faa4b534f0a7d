# A ComfyUI for `docker compose --profile gpu up`: a separate program (GPL-3.0), built from its own repository.
#   docker build --file comfyui.Dockerfile --tag darkroom-comfyui .
# Models come from ./comfyui/models, custom nodes from ./comfyui/custom_nodes (docs/docker.md). Without a graphics card,
# name the CPU builds of PyTorch in TORCH, where they are in PIP_EXTRA_INDEX_URL, and add --cpu to the command.

FROM python:3.12-slim
ARG COMFYUI_REPOSITORY=https://github.com/comfyanonymous/ComfyUI
ARG COMFYUI_VERSION=v0.33.0
# Three versions that belong together: with others, torchvision and torchaudio don't load.
ARG TORCH="torch==2.9.1 torchvision==0.24.1 torchaudio==2.9.1"
ARG PIP_EXTRA_INDEX_URL=""
ENV PYTHONUNBUFFERED=1
# Custom nodes may load OpenCV or soundfile, which want these libraries.
RUN apt-get update --quiet --quiet \
    && apt-get install --quiet --quiet --yes --no-install-recommends git libgl1 libglib2.0-0 libsndfile1 \
    && rm -rf /var/lib/apt/lists/* \
    && python -m venv /venv \
    && useradd --uid 10002 --no-log-init --no-create-home --home-dir /data --shell /usr/sbin/nologin comfyui \
    && install --directory --owner comfyui --group comfyui /data \
    && cd /data \
    && install --directory --owner comfyui --group comfyui models custom_nodes input output temp user
ENV PATH=/venv/bin:$PATH
# First, because it is most of the image: a newer ComfyUI uses it again.
RUN python -m pip install --no-cache-dir $TORCH
RUN git clone --quiet --depth 1 --branch "$COMFYUI_VERSION" "$COMFYUI_REPOSITORY" /comfyui \
    && python -m pip freeze | grep -E '^torch' > /torch.txt \
    && python -m pip install --no-cache-dir --constraint /torch.txt --requirement /comfyui/requirements.txt
# Each custom node may name packages. None of them may replace the PyTorch above.
RUN --mount=type=bind,target=/context \
    for wanted in /context/comfyui/custom_nodes/*/requirements.txt; do \
        [ ! -e "$wanted" ] || python -m pip install --no-cache-dir --constraint /torch.txt --requirement "$wanted" || exit 1; \
    done
USER comfyui
WORKDIR /data
VOLUME ["/data/input", "/data/output", "/data/user"]
EXPOSE 8188
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8188/system_stats', timeout=4)"]
ENTRYPOINT ["python", "/comfyui/main.py", "--listen", "0.0.0.0", "--port", "8188", "--base-directory", "/data", \
    "--database-url", "sqlite:////data/user/comfyui.db", "--preview-method", "auto"]
