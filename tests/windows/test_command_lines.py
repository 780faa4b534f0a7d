"""COMFYUI_COMMAND as an operator writes it on each system."""

import pytest

from bot.operating_system.command_lines import split_command


@pytest.mark.parametrize(
    ("text", "on_windows", "elsewhere"),
    [
        ("", (), ()),
        ("python main.py --port 8188", ("python", "main.py", "--port", "8188"), None),
        ("'/srv/my ComfyUI/main.py' --x", ("/srv/my ComfyUI/main.py", "--x"), None),
        (r"C:\ComfyUI\python.exe main.py", (r"C:\ComfyUI\python.exe", "main.py"), None),
        (r'"C:\Program Files\ComfyUI\run.bat" --fast', (r"C:\Program Files\ComfyUI\run.bat", "--fast"), None),
        (r"python \\nas\share\main.py", ("python", r"\\nas\share\main.py"), None),
        (r"python --base=D:\models", ("python", r"--base=D:\models"), None),
        (
            r"venv\Scripts\python.exe main.py",
            (r"venv\Scripts\python.exe", "main.py"),
            ("venvScriptspython.exe", "main.py"),
        ),
        (r"python my\ dir/main.py", ("python", "my\\", "dir/main.py"), ("python", "my dir/main.py")),
        ("python main.py # no comment", ("python", "main.py", "#", "no", "comment"), None),
    ],
)
def test_backslashes_belong_to_paths_of_windows(
    text: str, on_windows: tuple[str, ...], elsewhere: tuple[str, ...] | None
) -> None:
    assert split_command(text, "win32") == on_windows
    for platform in ("linux", "darwin"):
        assert split_command(text, platform) == (on_windows if elsewhere is None else elsewhere)


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_a_quotation_mark_needs_its_partner(platform: str) -> None:
    with pytest.raises(ValueError, match="quotation mark"):
        split_command("python 'main.py", platform)
