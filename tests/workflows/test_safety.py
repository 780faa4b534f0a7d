"""What an uploaded graph may not do on the operator's machine."""

from typing import Any

import pytest

from bot.workflows import Graph
from bot.workflows.graphs.parameters import Parameter, Target
from bot.workflows.safety.uploads import exposing, forbidden, leaving
from tests.workflows.drawings import SAMPLES
from tests.workflows.known import info_of, recorded


def graph_of(*classes: str) -> Graph:
    return {str(number): {"class_type": one, "inputs": {}} for number, one in enumerate(classes)}


def saving(input_name: str, value: object, class_type: str = "SaveImage") -> Graph:
    return {"9": {"class_type": class_type, "inputs": {input_name: value}, "_meta": {"title": "Save it"}}}


def test_of_comfyuis_own_nodes_only_those_are_refused_that_reach_further() -> None:
    assert set(forbidden(graph_of(*recorded()))) == {
        *("LoadImageOutput", "CheckpointSave", "CLIPSave", "VAESave", "ModelSave", "ImageOnlyCheckpointSave"),
        *("TrainLoraNode", "SaveLoRA", "LoraSave", "GLSLShader"),
        *("LoadImageDataSetFromFolder", "LoadImageTextDataSetFromFolder", "SaveImageDataSetToFolder"),
        *("SaveImageTextDataSetToFolder", "LoadVideoDataSetFromFolder", "LoadVideoTextDataSetFromFolder"),
        *("MakeTrainingDataset", "SaveTrainingDataset", "LoadTrainingDataset"),
    }


def test_graphs_of_every_kind_are_allowed() -> None:
    for draw in SAMPLES:
        assert forbidden(draw().graph) == ()
        assert leaving(draw().graph) == ()


@pytest.mark.parametrize(
    "class_type",
    [
        *("VHS_LoadVideoPath", "VHS_LoadImagesPath", "VHS_LoadAudio", "LoadImageFromPath", "LoadImageFromUrl"),
        *(
            "Load Image From Url (mtb)",
            "LoadText|pysssh",
            "SaveText|pysssh",
            "Save Text File",
            "Text Load Line From File",
        ),
        *("Image Load", "Image Save", "Image Send HTTP", "Load Image Batch", "CR Load Image List", "SaveImageKJ"),
        *("LoadImagesFromFolderKJ", "LoadPromptsFromDir //Inspire", "Screencap_mss", "DownloadAndLoadFlorence2Model"),
        *("PythonExec", "ExecPython", "Run Python Code", "EvalPy", "Evaluate Integers", "Shell Command", "AnyNode"),
        *("OpenAIDalle3", "GeminiNode", "KlingTextToVideoNode", "OllamaGenerate", "FetchApi", "SendToDiscord"),
    ],
)
def test_nodes_that_reach_further_are_refused_by_name(class_type: str) -> None:
    assert forbidden(graph_of("KSampler", class_type, "SaveImage", class_type)) == (class_type,)


@pytest.mark.parametrize(
    "class_type",
    [
        *("UltimateSDUpscale", "FaceDetailer", "KSampler (Efficient)", "UnetLoaderGGUF", "VHS_VideoCombine"),
        *("ImpactWildcardProcessor", "ExecutionOrderController", "ImageDescription", "ETN_SendImageWebSocket"),
        *("VHS_LoadVideo", "IPAdapterAdvanced", "Power Lora Loader (rgthree)", "SAMLoader", "ShowText|pysssh"),
    ],
)
def test_other_custom_nodes_are_allowed(class_type: str) -> None:
    assert forbidden(graph_of(class_type)) == ()


def test_the_operators_setting_replaces_the_list() -> None:
    graph = graph_of("KSampler", "KSamplerAdvanced", "SaveImage", "PythonExec", "VAEDecode")
    assert forbidden(graph, ("KSampler*", " SaveImage", "PythonExec")) == ("VAEDecode",)
    assert forbidden(graph, ("*",)) == ()


@pytest.mark.parametrize(
    "entry",
    [{"api_node": True}, {"python_module": "comfy_api_nodes.nodes_luma"}, {"category": "api node/image/BFL"}],
)
def test_a_server_says_which_nodes_ask_servers_of_others(entry: dict[str, Any]) -> None:
    info = info_of({"Plain": {"category": "image"}, "Elsewhere": entry, "Odd": 3})
    assert forbidden(graph_of("Plain", "Elsewhere", "Odd", "Unknown"), (), [info]) == ("Elsewhere",)


@pytest.mark.parametrize(
    "value",
    [
        *("/etc/cron.d/x", "../x", "a/../../x", "..\\x", "a\\..\\x", "C:\\x", "c:x", "\\\\host\\share", "~/x", " /x"),
        *("..", "a/..", "file:///x", "x\x00", ["../x"], {"__value__": ["a/../x"]}),
    ],
)
def test_a_file_outside_is_refused_by_its_input(value: object) -> None:
    assert leaving(saving("filename_prefix", value)) == ("Save it.filename_prefix",)


@pytest.mark.parametrize(
    "value", ["ComfyUI", "video/ComfyUI", "%date:yyyy-MM-dd%/a..b", "cats...", "", 3, ["7", 0], True]
)
def test_a_file_inside_is_fine(value: object) -> None:
    assert leaving(saving("filename_prefix", value)) == ()


@pytest.mark.parametrize(
    ("input_name", "value", "class_type", "leaves"),
    [
        ("text", "/imagine a cat, and/or a dog... 16:9 C: ../ what", "CLIPTextEncode", False),
        ("text", "../../secret", "Anything", True),
        ("output_dir", "/srv", "Anything", True),
        ("url", "http://127.0.0.1:8188/", "Anything", True),
        ("image", "photo.png", "LoadImage", False),
        ("image", "sub/photo.png", "LoadImage", False),
        ("image", "ComfyUI_00001_.png [output]", "LoadImage", True),
        ("image", "a.png [temp]", "LoadImageMask", True),
        ("image", "a.png [input]", "LoadImage", False),
        ("image", "../../a.png", "LoadImage", True),
        ("ckpt_name", "sdxl\\base.safetensors", "CheckpointLoaderSimple", False),
    ],
)
def test_what_leads_outside_depends_on_what_an_input_is_for(
    input_name: str, value: str, class_type: str, leaves: bool
) -> None:
    assert bool(leaving(saving(input_name, value, class_type))) is leaves


def test_a_member_may_not_type_the_name_of_a_place() -> None:
    def one(name: str, input_name: str, **more: Any) -> Parameter:  # noqa: ANN401 - whatever a parameter takes
        return Parameter(name, more.pop("type", "string"), (Target("9", input_name),), **more)

    parameters = (
        one("free", "filename_prefix"),
        one("fixed", "filename_prefix", fixed="cats"),
        one("listed", "filename_prefix", choices=("cats", "dogs")),
        one("offered", "model_path", server_choices=True),
        one("words", "text"),
        one("number", "path_length", type="integer"),
    )
    assert exposing(parameters, saving("filename_prefix", "x")) == ("free",)
