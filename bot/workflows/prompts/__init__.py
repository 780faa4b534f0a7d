"""What a prompt's own syntax means: options at its end, LoRA tags, `{a|b}` and wildcards. All but the files is pure."""
