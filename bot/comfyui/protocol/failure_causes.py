"""Find out from its exception why a node failed. Pure.

Exception messages are free text of many libraries. Only wordings seen in real reports are recognized, because a wrong
guess makes people fix things that are not broken.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.errors import FailureKind

_SEARCHED: Final = 8000
"""Characters of a message that are searched. ComfyUI appends its own remarks to the library's text."""

_KIND_BY_TYPE: Final[Mapping[str, FailureKind]] = {
    **dict.fromkeys(
        ("OutOfMemoryError", "OOM_EXCEPTION", "MemoryError", "_ArrayMemoryError", "ArrayMemoryError"),
        FailureKind.OUT_OF_MEMORY,
    ),
    **dict.fromkeys(("ModuleNotFoundError", "ImportError"), FailureKind.MISSING_PACKAGE),
    **dict.fromkeys(
        (
            *("ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError"),
            *("ConnectTimeout", "ReadTimeout", "Timeout", "TimeoutError", "ConnectTimeoutError", "ReadTimeoutError"),
            *("ClientConnectorError", "ClientConnectionError", "ClientOSError", "ServerDisconnectedError"),
            *("MaxRetryError", "NewConnectionError", "NameResolutionError", "ProxyError", "SSLError", "gaierror"),
            *("APIConnectionError", "APITimeoutError", "LocalNetworkError", "ApiServerError", "ConnectError"),
        ),
        FailureKind.NO_SERVICE,
    ),
}
"""By the last part of the exception's class name. Used if its message matches none of the patterns below."""

_MODEL_FILE: Final = r"\.(?:safetensors|sft|ckpt|pth?|bin|gguf|onnx)\b"


def _any_of(*wordings: str) -> re.Pattern[str]:
    return re.compile("|".join(wordings), re.IGNORECASE)


_MEMORY: Final = _any_of(
    # PyTorch (CUDA, ROCm, Metal, XPU, Ascend, Cambricon); CUDA and ROCm themselves; TensorRT; llama.cpp on Vulkan.
    r"\bout of memory\b",
    r"\bAllocation on device\b",
    r"\bwould exceed allowed memory\b",
    r"\b(?:cuda|hip)ErrorMemoryAllocation\b|\bCUDA_ERROR_OUT_OF_MEMORY\b|(?:\b|Error)OutOfMemory(?:Error|Exception)?\b",
    r"\b[A-Z]+_(?:STATUS_)?(?:\w+_)?ALLOC(?:ATION)?_FAILED\b|\brocblas_status_memory_error\b",
    r"\bInvalid buffer size: [\d.]+ ?[KMGT]i?B\b|\bFailed to allocate private MTLBuffer\b",
    r"\bgreater than the maximum allowed buffer size\b",
    r"\bACL_ERROR_RT_MEMORY_ALLOCATION\b",
    r"\b(?:ran )?out of (?:GPU|CPU|device|host|video|system|graphics) memory\b|\bOOM when allocating\b",
    r"\b(?:not enough|insufficient)(?: free| available| GPU| video| device| system| host){0,2} (?:V?RAM|memory)\b",
    # Level Zero, its adapters and OpenCL. Not Triton's "out of resource: shared memory", which is a different problem.
    r"\b(?:UR|PI|ZE)_(?:RESULT_)?ERROR_OUT_OF_(?:DEVICE_MEMORY|HOST_MEMORY|RESOURCES)\b",
    r"\bCL_(?:MEM_OBJECT_ALLOCATION_FAILURE|OUT_OF_RESOURCES|OUT_OF_HOST_MEMORY)\b",
    r"\bVK_ERROR_OUT_OF_(?:DEVICE|HOST|POOL)_MEMORY\b|\bErrorOutOf(?:Device|Host)Memory\b",
    # DirectML and Direct3D.
    r"\bnot enough GPU video memory\b|\bCould not allocate tensor with \d+ bytes\b|\bE_OUTOFMEMORY\b|\b0x8007000E\b",
    # RAM: allocators, Windows, NumPy, OpenCV, ONNX Runtime, Rust, JAX.
    r"\bnot sufficient memory\b|\bMemory allocation (?:failure|failed)\b",
    r"\b(?:can't|cannot|can not|could not|unable to|failed to) allocate (?:host |device |GPU |CUDA |pinned )?memory\b"
    r"(?! in static TLS block| block)",  # not: a library loaded too late; a tensor too large for one block
    r"\bstd::bad_alloc\b|\bbad allocation\b",
    r"\bpaging file is too small\b|\b(?:os error|WinError) 1455\b|\bWinError (?:8|14)\]|\bErrno 12\]",
    r"\b(?:Unable|Failed) to allocate (?:request for )?[\d.]+ ?(?:[KMGTP]?i?B|bytes)\b",
    r"\bmemory allocation of \d+ bytes failed\b",
    # Windows, and custom nodes, in other languages.
    r"(?:显存|内存|顯存|記憶體|内存资源)(?:已)?不足|メモリ(?:が|ー?)?不足|메모리(?:가)? ?부족",
    r"\b(?:недостаточно|не хватает) (?:\w+ )?(?:видео)?памяти\b|\bnicht gen(?:ü|ue)gend(?: \w+)? (?:\w+)?speicher",
    r"\bm(?:é|e)moire (?:\w+ )?insuffisante\b|\bmem(?:ó|o)ria (?:\w+ )?insuficiente\b|\bmemoria insufficiente\b",
)
_WARNING: Final = re.compile(
    r"\b(?:if|in case|avoid\w*|prevent\w*)\b[^.\n]*$|\b(?:may|might|could|will|to|not) run $", re.IGNORECASE
)
"""If these words stand before a match, the message warns of something that has not happened."""

_KIND_BY_MESSAGE: Final = (
    (FailureKind.DISK_FULL, _any_of(
        r"\bNo space left on device\b|\bErrno 28\b|\bnot enough space on the disk\b|\bWinError 112\b",
        r"\bDisk quota exceeded\b|\bStorageFull\b",
    )),
    (FailureKind.GPU_FAULT, _any_of(
        # Not "device-side assert" alone: every CUDA error ends with advice about "device-side assertions".
        r"\b(?:CUDA|HIP)(?: driver)? error: (?:device-side assert|an illegal memory access|an illegal instruction"
        r"|misaligned address|unspecified launch failure|uncorrectable ECC|hardware stack error|unknown error"
        r"|the launch timed out|all CUDA-capable devices are busy)",
        r"\bUR_RESULT_ERROR_DEVICE_LOST\b|\bVK_ERROR_DEVICE_LOST\b|\bErrorDeviceLost\b|\bGPU is lost\b",
        r"\bDXGI_ERROR_DEVICE_(?:REMOVED|HUNG|RESET)\b|\bGPU device instance has been suspended\b",
        r"\bGPU will not respond to more commands\b|\bNo CUDA GPUs are available\b",
    )),
    (FailureKind.DAMAGED_MODEL, _any_of(
        r"\bError while deserializing\b|\bMetadataIncompleteBuffer\b|\bHeaderTooLarge\b|\bInvalidHeader\w*\b",
        r"\bsafetensors file is corrupt\b|\bincomplete metadata, file not fully covered\b",
        r"\bPytorchStreamReader failed\b|\bfailed finding central directory\b",
        r"\bunexpected EOF, expected \d+ more bytes\b|\binvalid load key, '|\bpickle data was truncated\b",
        r"\bGGUF magic invalid\b|\bRan out of input$|\bFile is not a zip file\b",
    )),
    (FailureKind.MISSING_MODEL, _any_of(
        r"\bModel in folder '[^'\n]{1,100}' with filename '[^'\n]{1,300}' not found\b",
        rf"\bNo such file or directory\b[^\n]{{1,400}}{_MODEL_FILE}",
        rf"{_MODEL_FILE}[^\n]{{1,60}}\bNo such file or directory\b",
        r"\bdoes not appear to have a file named\b",
    )),
    (FailureKind.MISMATCHED_MODELS, _any_of(
        r"\bmat1 and mat2 shapes cannot be multiplied\b|\bmat1 and mat2 must have the same dtype\b",
        # 3 expected channels would mean an image with transparency or in greyscale, not a wrong model.
        r"\bto have (?!3 )\d+ channels, but got \d+ channels instead\b",
        r"\bsize mismatch for [\w.]+: copying a param with shape\b|\bError\(s\) in loading state_dict for\b",
        r"\bclip input is invalid: None\b|\bVAE is invalid: None\b|\bCould not detect model type of\b",
        r"'NoneType' object has no attribute '(?:tokenize|encode_from_tokens\w*)'",
    )),
    (FailureKind.NO_ACCOUNT, _any_of(
        r"\bPlease login first to use this node\b|\bPayment Required: Please add credits\b",
    )),
    (FailureKind.NO_SERVICE, _any_of(
        r"\bMax retries exceeded with url\b|\bFailed to establish a new connection\b|\bCannot connect to host\b",
        r"\bName or service not known\b|\bTemporary failure in name resolution\b|\bgetaddrinfo failed\b",
        r"\bUnable to connect to the API server\b|\bThe API server at \S{1,200} is currently unreachable\b",
        r"\bConnection (?:refused|reset by peer|aborted|timed out)\b|\bRead timed out\b|\bWinError 100(?:54|60|61)\b",
        r"\bcouldn't connect to 'https?://",
    )),
    (FailureKind.TOO_LARGE, _any_of(
        r"\btensor dims larger than INT_MAX\b|\bless than INT_MAX elements\b|\bproduct of dimension sizes > 2\*\*31\b",
        r"\bcan not allocate memory block with size larger than\b",
    )),
    (FailureKind.MISSING_PACKAGE, _any_of(
        r"\bNo module named '|\bDLL load failed while importing\b|\bcannot import name '",
    )),
)  # fmt: skip


def kind_of_failure(exception_type: str, message: str) -> FailureKind:
    """Why a node raised this exception. `exception_type` is its class name with the module, as ComfyUI reports it."""
    by_type = _KIND_BY_TYPE.get(exception_type.rpartition(".")[2], FailureKind.OTHER)
    looked_at = message[:_SEARCHED]
    if by_type is FailureKind.OUT_OF_MEMORY or _ran_out_of_memory(looked_at):
        return FailureKind.OUT_OF_MEMORY
    return next((kind for kind, wordings in _KIND_BY_MESSAGE if wordings.search(looked_at)), by_type)


def _ran_out_of_memory(message: str) -> bool:
    return any(
        not _WARNING.search(message, max(0, found.start() - 60), found.start()) for found in _MEMORY.finditer(message)
    )
