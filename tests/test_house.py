"""What ships with the code is in order: locks, image, ignore lists, module sizes, no trace of a machine."""

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
LONGEST_MODULE = 300

# Written so that they do not find themselves here.
TRACES = {
    "a machine's path": re.compile(r"(?<![\w.~/:-])/(?:work|root|opt)/|/(?:home|Users)/[a-z]"),
    "a registry's host": re.compile(r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org)"),
    "a token": re.compile(r"\b[MNO][\w-]{23,25}\.G[\w-]{5}\.[\w-]{27,}"),
}


def locked(name: str) -> dict[str, Requirement]:
    """The pins of a lock by canonical name, without their hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.split("--hash", 1)[0].strip() for line in text.splitlines())
    pins = (Requirement(line) for line in lines if line)
    return {canonicalize_name(pin.name): pin for pin in pins}


def version(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


def wanted() -> tuple[list[Requirement], list[Requirement]]:
    """What pyproject.toml asks for: at run time, and for development on top."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return (
        [Requirement(line) for line in project["project"]["dependencies"]],
        [Requirement(line) for line in project["dependency-groups"]["dev"]],
    )


def repository_files() -> list[Path]:
    """Every file that is committed or could be; ignored ones are not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"\n(?! )", text) if block.strip()]
    assert blocks
    for block in blocks:
        first, *rest = block.replace("\\\n", "\n").splitlines()
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^/@]+)?", first.strip()), first
        assert rest
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line.strip()) for line in rest), first


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    runtime, development = wanted()
    for name, asked in (("requirements.lock", runtime), ("requirements-dev.lock", [*runtime, *development])):
        pins = locked(name)
        for requirement in asked:
            pin = pins.get(canonicalize_name(requirement.name))
            assert pin, f"{requirement.name} is not in {name}: make lock"
            assert requirement.specifier.contains(version(pin)), f"{pin} is not {requirement}: make lock"


def test_development_uses_the_versions_that_ship() -> None:
    development = locked("requirements-dev.lock")
    for name, pin in locked("requirements.lock").items():
        assert str(development.get(name)) == str(pin)


def test_no_file_tells_of_a_machine_a_registry_or_a_token() -> None:
    found = []
    for path in repository_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {what}: {match.group()}"
            for number, line in enumerate(lines, 1)
            for what, trace in TRACES.items()
            if (match := trace.search(line))
        ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("cd /" + "root/x", "a machine's path"),
        ('"/' + 'opt/wheels"', "a machine's path"),
        ("--index-url https://pypi." + "org/simple", "a registry's host"),
        ("M" + "T" * 23 + ".Gabcde." + "x" * 27, "a token"),
    ],
)
def test_a_trace_is_seen(line: str, what: str) -> None:
    assert [name for name, trace in TRACES.items() if trace.search(line)] == [what]


def test_migrations_follow_one_another_each_with_a_number_of_its_own() -> None:
    """Two branches that take the same number merge without a conflict, and then no database can be laid."""
    found: dict[str | None, str] = {}
    for file in (ROOT / "bot" / "ledger" / "migrations" / "versions").glob("[!_]*.py"):
        text = file.read_text(encoding="utf-8")
        after = re.search(r'^down_revision = (?:"(\w+)"|None)$', text, re.MULTILINE)
        assert after is not None, file.name
        assert after[1] not in found, f"{file.name} and {found[after[1]]} follow the same migration"
        found[after[1]] = file.name


def test_modules_of_the_bot_stay_readable_in_one_sitting() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "bot").rglob("*.py")
    }
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE}


def dockerfile() -> list[list[str]]:
    """Its instructions, split into words, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_the_image_runs_as_nobody_special_and_is_stopped_politely() -> None:
    last = {words[0]: words[1:] for words in dockerfile()}
    assert last["USER"] not in (["root"], ["0"])
    assert last["STOPSIGNAL"] == ["SIGTERM"]
    assert "".join(last["CMD"]) == '["python","-m","bot"]'


def test_the_image_installs_the_runtime_lock_with_hashes_only() -> None:
    installs = [words for words in dockerfile() if words[0] == "RUN" and "pip" in words]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert installs[0][-1] == "requirements.lock"


def test_the_builder_is_given_exactly_what_the_image_copies() -> None:
    copied = {words[1] for words in dockerfile() if words[0] == "COPY" and not words[1].startswith("--from")}
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize("name", [".env", "data/darkroom.sqlite3", ".venv/bin/python"])
def test_what_is_private_or_made_cannot_be_committed(name: str) -> None:
    repository_files()
    ignored = subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT, check=False)
    assert ignored.returncode == 0


UNSPOKEN = re.compile(
    r"""\b(?:pictures?|whoever|anew|just\ now|all\ the\ same|stands?\ still|left\ out|(?:is|are)\ told|what\ there\ is
        |of\ that(?=[.,;:!?]|$)|may\ order|being\ made|painted|he|his|him)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that no native speaker would use here, or for which the field has another word."""

ACCEPTED = re.compile(
    r"""PICTURE_CHECK|picture-check             # a setting and an extra
        |^picture\ (?:check|held|refused|under\ a\ spoiler)$  # stored kinds of log entries""",
    re.VERBOSE,
)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
PROSE = {".md", ".toml", ".yaml", ".yml", ".example", ""}


def unspoken(text: str) -> list[str]:
    return [match.group() for match in UNSPOKEN.finditer(ACCEPTED.sub("", CODE.sub("", text)))]


def spoken_texts(path: Path) -> Iterator[tuple[int, str]]:
    """What people read in a file, each with its line: prose, comments and docstrings, and the strings of the bot.

    A string of a single word is a name or a stored value. Workflows call their nodes what they like, so that of
    `workflows/` only titles and descriptions count.
    """
    if path.suffix not in {".py", *PROSE} and path.name != "grafana-dashboard.json":
        return
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from module_texts(content, strings=path.is_relative_to(ROOT / "bot"))
    elif path.name == "grafana-dashboard.json":
        yield from enumerate(re.findall(r'"(?:title|description)": "(.*)"', content), 1)
    else:
        lines = CODE.sub(lambda code: "\n" * code.group().count("\n"), content).splitlines()
        yield from ((number, line) for number, line in enumerate(lines, 1) if not line.startswith("target = "))


def module_texts(source: str, *, strings: bool) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    tree = ast.parse(source)
    nodes = ast.walk(tree) if strings else (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\s", node.value):
            yield node.lineno, node.value


def test_what_people_read_is_in_plain_english() -> None:
    found = []
    for path in repository_files():
        where = path.relative_to(ROOT)
        if len(where.parts) == 1 or where.parts[0] in {"bot", "docs", "tests", "workflows"}:
            found += [f"{where}:{line}: {word}" for line, text in spoken_texts(path) for word in unspoken(text)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Members are told that his picture is being made.", ["are told", "his", "picture", "being made"]),
        ("There is nothing of that.", ["of that"]),
        ("The models of that server. Ask the people who run it: `picture` is in `PICTURE_CHECK`.", []),
        ("This heap of hints", []),
    ],
)
def test_an_unspoken_word_is_seen(text: str, words: list[str]) -> None:
    assert unspoken(text) == words


def test_only_names_and_single_words_are_no_text() -> None:
    source = 'PICTURE = "picture"\nsay("a picture")  # his\n"""Anew, or not."""\n'
    assert [text for _line, text in module_texts(source, strings=True)] == ["# his", "Anew, or not.", "a picture"]
    assert [text for _line, text in module_texts(source, strings=False)] == ["# his", "Anew, or not."]
