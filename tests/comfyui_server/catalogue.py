"""The node classes as `/object_info` shows them: recorded from 0.33.0, with own models and uploads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.comfyui_server.faults import Faults
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.versions import Version

RECORDED: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("object_info-0.33.0.json").read_text(encoding="utf-8")
)

# Which input names a file of which models folder.
_MODEL_INPUTS: Final = {
    "ckpt_name": "checkpoints",
    "lora_name": "loras",
    "control_net_name": "controlnet",
    "model_name": "upscale_models",
}


class Catalogue:
    def __init__(
        self,
        version: Version,
        checkpoints: Sequence[str],
        more_loras: Sequence[str],
        storage: Storage,
        faults: Faults,
    ) -> None:
        self._version: Final = version
        self._storage: Final = storage
        self._faults: Final = faults
        self._models: Final[dict[str, Sequence[str]]] = {
            "checkpoints": checkpoints,
            "loras": ("soft-light.safetensors", "sdxl_lightning_8step_lora.safetensors", *more_loras),
            "controlnet": (
                "control_v11p_sd15_canny.safetensors",
                "TTPLANET_Controlnet_Tile_realistic_v2_fp16.safetensors",
            ),
            "upscale_models": ("RealESRGAN_x4plus.pth",),
        }

    def folders(self) -> list[str]:
        return list(self._models)

    def models(self, folder: str) -> list[str] | None:
        """None for a folder that does not exist."""
        if folder not in self._models:
            return None
        return [name for name in self._models[folder] if name not in self._faults.unknown_models]

    def missing_model(self, inputs: Mapping[str, Any]) -> tuple[str, str] | None:
        """Folder and name of a model that a node asks for and that is not there."""
        for name, folder in _MODEL_INPUTS.items():
            if name in inputs and inputs[name] not in (self.models(folder) or ()):
                return folder, inputs[name]
        return None

    def object_info(self) -> dict[str, Any]:
        return {class_type: self.node(class_type) for class_type in RECORDED}

    def node(self, class_type: str) -> dict[str, Any]:
        recorded: dict[str, Any] = RECORDED[class_type]
        inputs = {
            category: specs if category == "hidden" else {name: self._live(name, one) for name, one in specs.items()}
            for category, specs in recorded["input"].items()
        }
        info = {**recorded, "input": inputs}
        if class_type in self._faults.partner_nodes:
            info["api_node"] = True
        if info["output_node"] and not self._version.save_image_passes_on:
            info.update(output=[], output_is_list=[], output_name=[])
        return info

    def inputs(self, class_type: str) -> Iterator[tuple[str, bool, list[Any]]]:
        """Name, required, and `[type, {config}]` of each input, in the order that gives them meaning."""
        inputs = self.node(class_type)["input"]
        for category in ("required", "optional"):
            for name, spec in inputs.get(category, {}).items():
                yield name, category == "required", spec

    def outputs(self, class_type: str) -> list[str]:
        outputs: list[str] = self.node(class_type)["output"]
        return outputs

    def is_output(self, class_type: str) -> bool:
        return bool(RECORDED[class_type]["output_node"])

    def _live(self, input_name: str, spec: list[Any]) -> list[Any]:
        options = self._live_options(input_name, spec)
        if options is None:
            return spec
        return ["COMBO", {**spec[1], "options": options}] if spec[0] == "COMBO" else [options, *spec[1:]]

    def _live_options(self, input_name: str, spec: list[Any]) -> list[str] | None:
        if input_name in _MODEL_INPUTS:
            return self.models(_MODEL_INPUTS[input_name])
        if len(spec) > 1 and any(spec[1].get(f"{kind}_upload") for kind in ("image", "audio", "video")):
            return self._storage.inputs()
        return None
