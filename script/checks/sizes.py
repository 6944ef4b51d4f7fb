"""The size gate: a function body of at most 60 lines, a module of at most 500. Exceptions belong into one shrinking
list, and there is none."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MOST_FUNCTION = 60
MOST_MODULE = 500
ROOT = Path(__file__).parents[2]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its signature and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def too_large(path: Path) -> list[str]:
    """What breaks the gate in one file."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    found = []
    if (lines := text.count("\n")) > MOST_MODULE:
        found.append(f"{name}: {lines} lines, at most {MOST_MODULE}")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = [(function, size) for function in functions if (size := body_lines(function)) > MOST_FUNCTION]
    found += [f"{name}:{f.lineno}: {f.name} has {size} lines, at most {MOST_FUNCTION}" for f, size in long]
    return found


def main() -> int:
    """Check every module of the package, the tests and the scripts."""
    files = [path for folder in ("src", "tests", "script") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [line for path in files for line in too_large(path)]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
