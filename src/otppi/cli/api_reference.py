"""The API for programs and for people, made at build time: the OpenAPI document, and a page that needs no internet.

The page is plain HTML without anything that runs. Its `run` blocks are commands that a newcomer can paste; a test does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path("src/otppi/intake/rest/v1")
OPENAPI: Final = _FOLDER / "openapi.json"
PAGE: Final = _FOLDER / "docs.html"
_TEMPLATES: Final = Path(__file__).with_name("pages")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEPTH: Final = 6
_LAST_GROUP: Final = "gateway"
_STANDS_FOR: Final = {
    "{message_id}": "$MESSAGE",
    "{verification_id}": "$VERIFICATION",
    "{name}": "$MODEM",
    "{number}": "+6281200009999",
}
"""What the examples write in place of a part of a path; the variables are set by the first steps of the page."""


def render_openapi() -> str:
    """The document as it is served."""
    from otppi.intake.rest.v1.schema import text  # the web framework: only who makes the pages pays for it

    return text()


def render_page() -> str:
    """The page as it is served."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    document = json.loads(render_openapi())
    return environment.get_template("api.html.j2").render(
        about=document["info"]["description"], version=document["info"]["version"], groups=_groups(document)
    )


def _coded(text: str) -> str:
    """What stands between backticks as code; all else escaped."""
    from markupsafe import Markup, escape

    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations of our own paths by their tag, in the order in which the tags appear."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item and not path.startswith("/api/"):
                operation = item[method]
                tag = operation.get("tags", ["gateway"])[0]
                found.setdefault(tag, []).append(_operation(document, path, method, operation))
    last = found.pop(_LAST_GROUP)
    return [{"name": name, "operations": made} for name, made in (*found.items(), (_LAST_GROUP, last))]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = _body(document, operation)
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [_parameter(document, each) for each in operation.get("parameters", ())],
        "fields": [] if body is None else _fields(document, body),
        "answers": [_answer(document, status, each) for status, each in sorted(operation["responses"].items())],
        "curl": _curl(document, path, method, body),
    }


def _body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    return _resolved(document, content["application/json"]["schema"]) if content else None


def _parameter(document: dict[str, Any], each: dict[str, Any]) -> dict[str, str]:
    schema = _resolved(document, each.get("schema", {}))
    described = each.get("description") or schema.get("description", "")
    need = " (needed)" if each.get("required") else ""
    return {"name": each["name"], "kind": f"{each['in']}, {_kind(document, schema)}{need}", "description": described}


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, str]]:
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "kind": _kind(document, each) + (" (needed)" if name in needed else ""),
            "description": _resolved(document, each).get("description", each.get("description", "")),
        }
        for name, each in schema.get("properties", {}).items()
    ]


def _answer(document: dict[str, Any], status: str, each: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = next(
        (media["schema"] for media in each.get("content", {}).values() if "schema" in media), {}
    )
    shown = _resolved(document, schema)
    fields = _fields(document, shown) if int(status) < 300 else []
    return {"status": status, "description": each.get("description", ""), "fields": fields}


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A type in words: `text`, `list of whole number`, `one of a, b`, with its bounds."""
    schema = _resolved(document, schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        kinds = [_kind(document, each) for each in choices if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    named = schema.get("type", "any")
    kind = " or ".join(words.get(each, each) for each in ([named] if isinstance(named, str) else named))
    return kind + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", at most {high}" if high is not None else f", at least {low}" if low is not None else ""


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself behind a reference."""
    for _ in range(_DEPTH):
        if "$ref" not in schema:
            break
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = {**document["components"]["schemas"][name], **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _example(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits: the schema's own example, else of its needed fields and those with an example."""
    schema = _resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [_example(document, schema["items"], depth + 1)]
    needed = schema.get("required", [])
    return {
        name: _example(document, each, depth + 1)
        for name, each in schema.get("properties", {}).items()
        if name in needed or (depth == 0 and _resolved(document, each).get("x-shown"))
    }


def _curl(document: dict[str, Any], path: str, method: str, body: dict[str, Any] | None) -> str:
    """The command that asks this. Ids are shell variables that the first steps of the page have set."""
    where = path
    for name, stands in _STANDS_FOR.items():
        where = where.replace(name, stands)
    words = ["curl", "-sS", '-u "$NAME:$PASSWORD"']
    if method != "get":
        words.append(f"-X {method.upper()}" if body is None else "-H 'Content-Type: application/json'")
    if body is not None:
        words.append(f"-d '{json.dumps(_example(document, body), ensure_ascii=False)}'")
    return " \\\n  ".join([" ".join(words[:3]), *words[3:], f'"$GATEWAY{where}"'])
