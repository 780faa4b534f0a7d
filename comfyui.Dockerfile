# A ComfyUI for `docker compose --profile gpu up`, by its own installer (comfy-cli, a program of its own: GPL-3.0).
# Not tried where this was written: there is neither a Docker engine nor a graphics card.
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
