"""Writes the derived pages of docs/ and checks that every relative link of every Markdown page leads somewhere.

`python -m tools.docs` writes; `python -m tools.docs --check` only says what is out of date. Exit code 1 means that something is wrong.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.reference import reference

root = Path(__file__).parents[1]
decisions = root / "docs" / "decisions"
not_ours = {".venv", "node_modules", ".git", "dist", "build", ".pytest_cache", ".hypothesis"}

introduction = """# Decisions

What was decided, why, and what it costs; at most 60 lines each. A decision that no longer holds is not rewritten: a later one says so.
`make docs` writes this page.

"""


def main() -> int:
    """Write (or with `--check` compare) the derived pages, and report dead links; answers the exit code."""
    check = "--check" in sys.argv[1:]
    found = dead_links()
    for page, text in derived().items():
        if page.exists() and page.read_text() == text:
            continue
        if check:
            found.append(f"{page.relative_to(root)} is out of date: run make docs.")
        else:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text)
            print(f"wrote {page.relative_to(root)}")
    print("\n".join(found) if found else f"{len(pages())} pages, every link leads somewhere.")
    return 1 if found else 0


def derived() -> dict[Path, str]:
    """Every page that is written by this module, with the text it should have."""
    return {
        **reference(root),
        decisions / "README.md": introduction + "\n".join(_entry(path) for path in sorted(decisions.glob("[0-9]*.md"))) + "\n",
    }


def pages() -> list[Path]:
    """The Markdown pages of this repository."""
    return sorted(path for path in root.rglob("*.md") if not not_ours & set(path.relative_to(root).parts))


def dead_links() -> list[str]:
    """`page: target` for each relative link whose file does not exist."""
    return [
        f"{page.relative_to(root)}: {target} leads nowhere."
        for page in pages()
        for target in links(page.read_text())
        if not _exists(page, target)
    ]


def links(text: str) -> list[str]:
    """Relative targets of the links of a page, without anchors; code is not looked at."""
    prose = re.sub(r"```[\s\S]*?```|`[^`\n]*`", "", text)
    targets = re.findall(r"\[[^\]\n]*\]\(([^)\s]+)[^)\n]*\)", prose)
    return [path for target in targets if not re.match(r"[a-z]+:|//|#", target) and (path := target.split("#")[0])]


def _entry(path: Path) -> str:
    return f"- [{path.read_text().splitlines()[0].removeprefix('# ')}]({path.name})"


def _exists(page: Path, target: str) -> bool:
    return (root / target.lstrip("/") if target.startswith("/") else page.parent / target).exists()


if __name__ == "__main__":
    sys.exit(main())
