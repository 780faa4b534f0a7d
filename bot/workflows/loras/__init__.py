"""LoRAs that members add: where loaders go in a graph, and what a manifest says about them."""
