"""A shipped graph whose manifest is lost still takes what members give it, at the same places."""

import json

from bot.workflows import Pack
from bot.workflows.manifests.pack import make_pack
from tests.packs.shipped import each_pack

AGREED = ("prompt", "negative", "image", "mask", "seed", "count", "checkpoint")


@each_pack
def test_inference_finds_what_the_manifest_says(pack: Pack) -> None:
    inferred = make_pack(pack.name, json.dumps(pack.graph), None)
    for name in AGREED:
        if name in pack.parameters:
            assert inferred.parameters[name].targets == pack.parameters[name].targets, name
            assert inferred.parameters[name].type == pack.parameters[name].type, name
            assert inferred.parameters[name].required == pack.parameters[name].required, name
