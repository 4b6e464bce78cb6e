"""What no file of this repository holds."""

import re

# each in two pieces, so that this file does not hold them either
FORBIDDEN = re.compile(
    "|".join(
        re.escape(first + second).replace("tm" + "p/", "tm" + "p/(?!ipykernel_)")
        for first, second in [
            ("/wo", "rk/"), ("/tm", "p/"), ("/ro", "ot/"), ("/hom", "e/"), ("/Use", "rs/"),
            ("pypi", ".org"), ("python", "hosted.org"), ("debian", ".org"), ("npm", "js."), ("anaconda", ".org"),
            ("docker", ".io"), ("ghcr", ".io"), ("quay", ".io"),
        ]
    )
)  # fmt: skip
LEFT_OUT = re.compile(
    r"^(\.(?!ci|github|gitattributes|gitignore|editorconfig)[^/]*|build|dist|demo|site|releases)(/|$)"
)
TEXT = {
    ".py",
    ".md",
    ".sql",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".txt",
    ".csv",
    ".qmd",
    ".css",
    ".lua",
    ".R",
    ".html",
    "",
}


def files(root):
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not LEFT_OUT.match(name) and "__pycache__" not in name and path.suffix in TEXT:
            yield name, path


def test_no_path_of_a_machine_and_no_registry_host(pytestconfig):
    found = [
        f"{name}:{number}"
        for name, path in files(pytestconfig.rootpath)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_the_scan_sees_the_project(pytestconfig):
    names = {name for name, _ in files(pytestconfig.rootpath)}
    assert {"README.md", ".ci/run", ".github/workflows/tests.yml", "lvrn_eval/result.py", "constraints.txt"} <= names
    assert not any(name.startswith((".git/", ".nox/", ".venv/")) for name in names)
