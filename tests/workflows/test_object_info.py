"""What a server says of its nodes, in both forms that it says it in."""

from tests.workflows.known import info_of

INFO = info_of(
    {
        "Old": {
            "input": {
                "required": {
                    "ckpt_name": [["a", "b"], {"tooltip": "which"}],
                    "bare": [["x"]],
                    "empty": [[], {}],
                    "numbers": [[64, 128], {}],
                    "steps": ["INT", {"default": 20, "min": 1, "max": 10000, "step": 2}],
                    "model": ["MODEL"],
                },
                "optional": {"vae": ["VAE"], "text": ["STRING", {"multiline": True}]},
            }
        },
        "New": {
            "input": {
                "required": {"ckpt_name": ["COMBO", {"options": ["a", "b"], "default": "b", "multiselect": False}]}
            }
        },
        "Bare": {"input": {"required": None}},
        "Odd": {"input": []},
    }
)


def test_both_forms_of_a_combo_box_have_their_choices() -> None:
    for class_type in ("Old", "New"):
        spec = INFO.input(class_type, "ckpt_name")
        assert spec is not None
        assert (spec.type, spec.choices, spec.required) == ("COMBO", ("a", "b"), True)


def test_a_combo_box_may_be_empty_or_without_options() -> None:
    for name, choices in (("empty", ()), ("bare", ("x",)), ("numbers", ("64", "128"))):
        spec = INFO.input("Old", name)
        assert spec is not None
        assert spec.choices == choices


def test_a_number_has_its_range() -> None:
    spec = INFO.input("Old", "steps")
    assert spec is not None
    assert (spec.type, spec.choices, spec.default, spec.min, spec.max, spec.step) == ("INT", None, 20, 1, 10000, 2)


def test_a_link_or_a_text_has_no_choices() -> None:
    for name, type_, required in (("model", "MODEL", True), ("vae", "VAE", False), ("text", "STRING", False)):
        spec = INFO.input("Old", name)
        assert spec is not None
        assert (spec.type, spec.choices, spec.required) == (type_, None, required)


def test_what_is_unknown_is_none() -> None:
    assert INFO.knows("Old")
    assert not INFO.knows("Missing")
    for class_type, name in (("Old", "missing"), ("Missing", "x"), ("Bare", "x"), ("Odd", "x")):
        assert INFO.input(class_type, name) is None
