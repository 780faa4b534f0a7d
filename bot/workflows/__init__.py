"""Workflow packs: a ComfyUI graph, its typed parameters, and the pure way from values to a ready graph."""

from bot.workflows.availability import Missing
from bot.workflows.binding import Substitution, bind, complete, substitutions
from bot.workflows.continuing import Continuations, continuations, picture_of
from bot.workflows.effort import Effort, effort, needs
from bot.workflows.graph import Graph, node_title
from bot.workflows.library import Library
from bot.workflows.node_outputs import Outputs, output_files, read_outputs
from bot.workflows.object_info import ObjectInfo
from bot.workflows.outputs import (
    OutputFile,
    OutputText,
    Picked,
    kind_of,
    names_for,
    pick,
)
from bot.workflows.pack import Pack, default_of, load_pack, load_packs, taking_prompt
from bot.workflows.parameters import MAX_SEED, MAX_TEXT, Parameter, ParameterType
from bot.workflows.socket_outputs import keep_on_disk, send_over_socket, sender_of, senders_in, socket_file
from bot.workflows.workflow_key import WorkflowKey

__all__ = [
    "MAX_SEED",
    "MAX_TEXT",
    "Continuations",
    "Effort",
    "Graph",
    "Library",
    "Missing",
    "ObjectInfo",
    "OutputFile",
    "OutputText",
    "Outputs",
    "Pack",
    "Parameter",
    "ParameterType",
    "Picked",
    "Substitution",
    "WorkflowKey",
    "bind",
    "complete",
    "continuations",
    "default_of",
    "effort",
    "keep_on_disk",
    "kind_of",
    "load_pack",
    "load_packs",
    "names_for",
    "needs",
    "node_title",
    "output_files",
    "pick",
    "picture_of",
    "read_outputs",
    "send_over_socket",
    "sender_of",
    "senders_in",
    "socket_file",
    "substitutions",
    "taking_prompt",
]
