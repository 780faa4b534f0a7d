# A ComfyUI for `docker compose --profile gpu up`, installed with comfy-cli (a separate program, GPL-3.0).
# Untested: it was written on a machine without a Docker engine and without a graphics card.
FROM python:3.12-slim
RUN apt-get update --quiet --quiet \
    && apt-get install --quiet --quiet --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10002 --create-home --home-dir /comfyui comfyui
USER comfyui
WORKDIR /comfyui
ENV PATH=/comfyui/.local/bin:$PATH
RUN pip install --no-cache-dir --user comfy-cli \
    && comfy --skip-prompt tracking disable \
    && comfy --skip-prompt --workspace /comfyui/ComfyUI install --nvidia
EXPOSE 8188
CMD ["comfy", "--workspace", "/comfyui/ComfyUI", "launch", "--", "--listen", "0.0.0.0", "--port", "8188"]
