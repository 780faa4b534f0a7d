"""Why a node failed, told by its exception: wordings from public reports, each with what it means.

The reports are issues of ComfyUI, its custom nodes, PyTorch, llama.cpp, ONNX Runtime, OpenCV and others.
"""

import pytest

from bot.comfyui.protocol.failure_causes import kind_of_failure
from bot.errors import FailureKind

MEMORY, GPU, DISK = FailureKind.OUT_OF_MEMORY, FailureKind.GPU_FAULT, FailureKind.DISK_FULL
DAMAGED, MISSING, MISMATCH = FailureKind.DAMAGED_MODEL, FailureKind.MISSING_MODEL, FailureKind.MISMATCHED_MODELS
PACKAGE, SERVICE, ACCOUNT = FailureKind.MISSING_PACKAGE, FailureKind.NO_SERVICE, FailureKind.NO_ACCOUNT
LARGE, OTHER = FailureKind.TOO_LARGE, FailureKind.OTHER

OF_CUDA = (
    "\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be "
    "incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with `TORCH_USE_CUDA_DSA` to enable "
    "device-side assertions.\n"
)

OUT_OF_MEMORY = [
    # PyTorch
    "Allocation on device ",
    "Allocation on device 0 would exceed allowed memory. (out of memory)\nCurrently allocated     : 21.55 GiB",
    "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 7.79 GiB of which 14 MiB is free.",
    "CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in https://docs.nvidia.com/cuda/" + OF_CUDA,
    "CUDA driver error: out of memory",
    "HIP out of memory. Tried to allocate 4.50 GiB. GPU 0 has a total capacity of 15.98 GiB",
    "HIP error: out of memory\nHIP kernel errors might be asynchronously reported at some other API call",
    "MPS backend out of memory (MPS allocated: 17.18 GB, other allocations: 384.00 KB, max allowed: 18.13 GB).",
    "Invalid buffer size: 8.21 GB",
    "Invalid buffer size: 12.25 GiB",
    "XPU out of memory. Tried to allocate 5.12 GiB (GPU 0; 15.11 GiB total capacity; 13.40 GiB already allocated)",
    "NPU out of memory. Tried to allocate 52.00 MiB (NPU 0; 60.96 GiB total capacity; 59.36 GiB already allocated)",
    "MLU out of memory. Tried to allocate 2.00 GiB (MLU 0; 23.50 GiB total capacity; 20.12 GiB already allocated)",
    "The GPU ran out of memory.\n\nThis error means you ran out of memory on your GPU.",
    # CUDA's libraries
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "HIPBLAS_STATUS_ALLOC_FAILED when calling `hipblasCreate(handle)`",
    "[defaultAllocator.cpp::allocate::19] Error Code 1: Cuda Runtime (out of memory)",
    "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    # DirectML and Direct3D
    "Could not allocate tensor with 52428800 bytes. There is not enough GPU video memory available!",
    "E_OUTOFMEMORY: Not enough resources are available to complete this operation. (0x8007000E)",
    # XPU: Level Zero, its adapters, OpenCL
    "Native API failed. Native API returns: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)",
    "Native API failed. Native API returns: 40 (UR_RESULT_ERROR_OUT_OF_RESOURCES)",
    "level_zero backend failed with error: 38 (UR_RESULT_ERROR_OUT_OF_HOST_MEMORY)",
    "Native API failed. Native API returns: -5 (PI_ERROR_OUT_OF_RESOURCES) -5 (PI_ERROR_OUT_OF_RESOURCES)",
    "L0 error: ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY",
    "clEnqueueNDRangeKernel failed: CL_MEM_OBJECT_ALLOCATION_FAILURE",
    "clWaitForEvents failed: CL_OUT_OF_RESOURCES",
    # Vulkan
    "MESA: error: anv_device.c:4237: VK_ERROR_OUT_OF_DEVICE_MEMORY",
    "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory",
    # The machine's own memory
    "[enforce fail at ..\\c10\\core\\impl\\alloc_cpu.cpp:72] data. DefaultCPUAllocator: not enough memory: you tried",
    "[enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to alloc",
    "The paging file is too small for this operation to complete. (os error 1455)",
    '[WinError 1455] The paging file is too small for this operation to complete. Error loading "cufft64_10.dll"',
    "[WinError 1455] 页面文件太小",
    "[WinError 8] Not enough memory resources are available to process this command",
    "[Errno 12] Cannot allocate memory",
    "unable to mmap 6938041 bytes from file </srv/models/x.ckpt>: Cannot allocate memory (12)",
    "std::bad_alloc",
    "bad allocation",
    "Unable to allocate 28.3 GiB for an array with shape (60800, 41600, 3) and data type float32",
    "Unable to allocate 40.5 MiB for an array with shape (1536, 2304, 3) and data type float32",
    "OpenCV(4.7.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 139460608 bytes in function 'x'",
    "OpenCV(4.4.0) error: (-4) Failed to allocate 1610612736 bytes in function OutOfMemoryError",
    "[ONNXRuntimeError] : 6 : BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size",
    "memory allocation of 4294967296 bytes failed",
    "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4831838208 bytes.",
    "RESOURCE_EXHAUSTED: Failed to allocate request for 2.00GiB (2147483648B) on device ordinal 0",
    "OOM when allocating tensor with shape[1,512,512,320] and type half",
    "[WinError 14] Not enough storage is available to complete this operation",
    "[Errno 12] Nicht genügend Hauptspeicher verfügbar",
    # More devices: Intel's extension, ROCm's and CUDA's libraries, TensorRT, Apple's MLX
    "Allocation is out of device memory on current platform.",
    "rocBLAS error: rocblas_status_memory_error",
    "cuFFT error: CUFFT_ALLOC_FAILED",
    "IExecutionContext::createExecutionContext: Error Code 2: OutOfMemory (Requested size was 4294967296 bytes.)",
    "[metal::malloc] Attempting to allocate 17179869184 bytes which is greater than the maximum allowed buffer size of",
    # What custom nodes say themselves
    "Not enough free VRAM to load the model",
    "Insufficient GPU memory",
    "Ran out of GPU memory",
    # In other languages
    "Nicht genügend Arbeitsspeicher",
    "Für diesen Vorgang ist nicht genügend Speicher verfügbar.",
    "显存不足",
    "内存资源不足",
    "記憶體不足",
    "メモリ不足です",
    "메모리가 부족합니다",
    "Недостаточно памяти для обработки команды",
    "Mémoire insuffisante",
    "Memoria insuficiente",
]  # fmt: skip

MESSAGES = [
    *((MEMORY, message) for message in OUT_OF_MEMORY),
    (LARGE, "MPSGaph does not support tensor dims larger than INT_MAX"),
    (LARGE, "Current platform can NOT allocate memory block with size larger than 4GB! Tried to allocate 4.50 GiB"),
    (LARGE, "upsample_nearest_nhwc only supports output tensors with less than INT_MAX elements, but got [1, 4, 9]"),
    (GPU, "CUDA error: device-side assert triggered\nSearch for `cudaErrorAssert' in https://docs." + OF_CUDA),
    (GPU, "CUDA error: an illegal memory access was encountered" + OF_CUDA),
    (GPU, "CUDA error: unspecified launch failure" + OF_CUDA),
    (GPU, "HIP error: an illegal memory access was encountered"),
    (GPU, "Native API failed. Native API returns: 20 (UR_RESULT_ERROR_DEVICE_LOST)"),
    (GPU, "The GPU device instance has been suspended. Use GetDeviceRemovedReason to determine the action."),
    (GPU, "The GPU will not respond to more commands, most likely because of an invalid command"),
    (DISK, "[Errno 28] No space left on device"),
    (DISK, "[Errno 28] No space left on device: '/srv/ComfyUI/output/ComfyUI_00001_.png'"),
    (DISK, "[WinError 112] There is not enough space on the disk"),
    (DISK, "[Errno 122] Disk quota exceeded: '/srv/output/a.png'"),
    (DISK, 'Error while serializing: IoError(Os { code: 28, kind: StorageFull, message: "No space left on device" })'),
    (DAMAGED, "Error while deserializing header: header too large"),
    (DAMAGED, "Error while deserializing header: MetadataIncompleteBuffer"),
    (DAMAGED, "Error while deserializing header: incomplete metadata, file not fully covered"),
    (DAMAGED, "HeaderTooLarge\n\nFile path: /srv/x.safetensors\n\nThe safetensors file is corrupt or invalid."),
    (DAMAGED, "PytorchStreamReader failed reading zip archive: failed finding central directory"),
    (DAMAGED, "PytorchStreamReader failed reading file data/16: invalid header or archive is corrupted"),
    (DAMAGED, "unexpected EOF, expected 8925839 more bytes. The file might be corrupted."),
    (DAMAGED, "invalid load key, '<'."),
    (DAMAGED, "Error while deserializing: incomplete metadata"),
    (DAMAGED, "Ran out of input"),
    (DAMAGED, "File is not a zip file"),
    (MISSING, "Model in folder 'vae' with filename 'ae.safetensors' not found.\n"),
    (MISSING, "[Errno 2] No such file or directory: '/srv/ComfyUI/models/loras/x.safetensors'"),
    (MISSING, "unable to open file </srv/models/x.safetensors> in read-only mode: No such file or directory (2)"),
    (MISSING, "/srv/models/llm does not appear to have a file named config.json."),
    (MISMATCH, "mat1 and mat2 shapes cannot be multiplied (154x2048 and 768x320)"),
    (MISMATCH, "expected input[2, 16, 64, 64] to have 4 channels, but got 16 channels instead"),
    (MISMATCH, "Error(s) in loading state_dict for ControlNet:"),
    (MISMATCH, "\tsize mismatch for x.weight: copying a param with shape torch.Size([320, 4, 3, 3])"),
    (MISMATCH, "ERROR: clip input is invalid: None\n\nIf the clip is from a checkpoint loader node your checkpoint"),
    (MISMATCH, "ERROR: VAE is invalid: None\n\nIf the VAE is from a checkpoint loader node your checkpoint does not"),
    (MISMATCH, "ERROR: Could not detect model type of: C:\\models\\vae-ft-mse-840000-ema-pruned.ckpt"),
    (MISMATCH, "'NoneType' object has no attribute 'tokenize'"),
    (PACKAGE, "No module named 'insightface'"),
    (PACKAGE, "DLL load failed while importing onnx_cpp2py_export: A dynamic link library (DLL) initialization"),
    (SERVICE, "HTTPSConnectionPool(host='x.org', port=443): Max retries exceeded with url: /v1 (Caused by SSLError"),
    (SERVICE, "Failed to establish a new connection: [Errno 111] Connection refused"),
    (SERVICE, "Cannot connect to host 127.0.0.1:11434 ssl:default [Connection refused]"),
    (SERVICE, "Unable to connect to the API server due to local network issues. Please check your internet connection"),
    (SERVICE, "The API server at https://api.comfy.org is currently unreachable. The service may be experiencing"),
    (SERVICE, "<urlopen error [Errno -2] Name or service not known>"),
    (SERVICE, "HTTPSConnectionPool(host='x.org', port=443): Read timed out. (read timeout=10)"),
    (ACCOUNT, "Unauthorized: Please login first to use this node."),
    (ACCOUNT, "Payment Required: Please add credits to your account to use this node."),
    # What only sounds like one of them.
    (OTHER, ""),
    (OTHER, "out of memory_format"),
    (OTHER, "unsupported memory format option Preserve, ran out of memory_format choices"),
    (OTHER, "memory-efficient attention failed"),
    (OTHER, "not enough values to unpack (expected 2, got 1)"),
    (OTHER, "index 77 is out of bounds for dimension 0 with size 77"),
    (OTHER, "list index out of range"),
    (OTHER, "the memory module is missing"),
    (OTHER, "out of resource: shared memory, Required: 114688, Hardware limit: 101376. Reducing block sizes may help."),
    (OTHER, "/lib/aarch64-linux-gnu/libgomp.so.1: cannot allocate memory in static TLS block"),
    (OTHER, "DataLoader worker is killed by signal: Bus error. Perhaps its workers are out of shared memory."),
    (OTHER, "No tiles given. If you run out of memory, use a smaller tile."),
    (OTHER, "Tile size must be set to avoid out of memory errors"),
    (OTHER, "CUDA error: invalid argument" + OF_CUDA),
    (OTHER, "CUDA error: no kernel image is available for execution on the device" + OF_CUDA),
    (OTHER, "expected input[1, 4, 512, 512] to have 3 channels, but got 4 channels instead"),
    (OTHER, "The size of tensor a (64) must match the size of tensor b (72) at non-singleton dimension 3"),
    (OTHER, "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"),
    (OTHER, "[Errno 2] No such file or directory: '/srv/ComfyUI/input/a.png'"),
    (OTHER, "cannot identify image file '/srv/ComfyUI/input/a.png'"),
    (OTHER, "Weights only load failed. This file can still be loaded, to do so you have two options"),
    (OTHER, "'NoneType' object has no attribute 'shape'"),
    (OTHER, "Prompt is too long: it says connection to nature, disk, GPU and memory"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "message"), MESSAGES, ids=[f"{kind}: {text[:60]}" for kind, text in MESSAGES])
def test_a_message_tells_its_kind(kind: FailureKind, message: str) -> None:
    assert kind_of_failure("RuntimeError", message) is kind
    assert kind_of_failure("RuntimeError", message.upper()) is kind or "'NoneType'" in message


@pytest.mark.parametrize(
    ("kind", "exception_type"),
    [
        (MEMORY, "torch.OutOfMemoryError"),
        (MEMORY, "torch.cuda.OutOfMemoryError"),
        (MEMORY, "comfy.model_management.OOM_EXCEPTION"),
        (MEMORY, "MemoryError"),
        (MEMORY, "numpy.core._exceptions._ArrayMemoryError"),
        (PACKAGE, "ModuleNotFoundError"),
        (PACKAGE, "ImportError"),
        (SERVICE, "requests.exceptions.ConnectTimeout"),
        (SERVICE, "TimeoutError"),
        (SERVICE, "aiohttp.client_exceptions.ClientConnectorError"),
        (OTHER, "safetensors_rust.SafetensorError"),
        (OTHER, "_pickle.UnpicklingError"),
        (OTHER, "ValueError"),
        (OTHER, "MyMemoryErrorHandler"),
        (OTHER, ""),
    ],
)
def test_a_class_tells_the_kind_where_the_message_does_not(kind: FailureKind, exception_type: str) -> None:
    assert kind_of_failure(exception_type, "something of its own") is kind


def test_a_full_disk_is_one_whatever_raised() -> None:
    assert kind_of_failure("safetensors_rust.SafetensorError", "IoError: No space left on device") is DISK
    assert kind_of_failure("ConnectionError", "CUDA out of memory") is MEMORY


def test_every_kind_is_tried_here() -> None:
    # A limit of time is a rented service's own, and no message of a node.
    assert {kind for kind, _ in MESSAGES} == set(FailureKind) - {FailureKind.TOO_SLOW}


def test_only_the_beginning_of_a_message_is_looked_at() -> None:
    assert kind_of_failure("RuntimeError", "x " * 500_000 + "out of memory") is OTHER
