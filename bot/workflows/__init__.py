"""Workflow packs: a ComfyUI graph, its typed parameters, and the pure way from values to a ready graph."""

from bot.workflows.binding.binding import Substitution, bind, complete, random_seed, substitutions
from bot.workflows.binding.composites import COMPOSITE, Composite, composite_of
from bot.workflows.binding.loras import LORAS, read_loras, write_loras
from bot.workflows.binding.loras import places_in as lora_places_in
from bot.workflows.graphs.graph import Graph, node_title
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import MAX_SEED, MAX_TEXT, Parameter, ParameterType
from bot.workflows.library.availability import Missing
from bot.workflows.library.continuations import Continuations, continuations, picture_of
from bot.workflows.library.effort import Effort, effort, needs
from bot.workflows.library.inpainting import Inpainting
from bot.workflows.library.library import Library
from bot.workflows.library.unlisted import Unlisted
from bot.workflows.loras.loader_nodes import Lora
from bot.workflows.manifests.pack import Pack, default_of, taking_prompt
from bot.workflows.outputs.node_outputs import output_files, read_outputs
from bot.workflows.outputs.output_files import (
    OutputFile,
    OutputText,
    Picked,
    kind_of,
    names_for,
    pick,
)
from bot.workflows.outputs.socket_outputs import keep_on_disk, send_over_socket, sender_of, senders_in, socket_file
from bot.workflows.prompts.escaping import escape
from bot.workflows.prompts.wildcard_files import WildcardFolder
from bot.workflows.workflow_key import WorkflowKey

__all__ = [
    "COMPOSITE",
    "LORAS",
    "MAX_SEED",
    "MAX_TEXT",
    "Composite",
    "Continuations",
    "Effort",
    "Graph",
    "Inpainting",
    "Library",
    "Lora",
    "Missing",
    "ObjectInfo",
    "OutputFile",
    "OutputText",
    "Pack",
    "Parameter",
    "ParameterType",
    "Picked",
    "Substitution",
    "Unlisted",
    "WildcardFolder",
    "WorkflowKey",
    "bind",
    "complete",
    "composite_of",
    "continuations",
    "default_of",
    "effort",
    "escape",
    "keep_on_disk",
    "kind_of",
    "lora_places_in",
    "names_for",
    "needs",
    "node_title",
    "output_files",
    "pick",
    "picture_of",
    "random_seed",
    "read_loras",
    "read_outputs",
    "send_over_socket",
    "sender_of",
    "senders_in",
    "socket_file",
    "substitutions",
    "taking_prompt",
    "write_loras",
]
