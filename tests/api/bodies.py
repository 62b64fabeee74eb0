"""Least requests that a route accepts, made from its own contract."""

from typing import Any

from tests.api.routes import Route

CHOSEN: dict[str, Any] = {
    "create_job": {"source_id": "{source_id}"},
    "correct_transcript": {"corrections": [{"index": 0, "text": "bees"}]},
    "replay_webhook_deliveries": {"delivery_id": "{delivery_id}"},
}
"""Where one of several fields is needed, which a schema does not say."""


def least_body(contract: dict[str, Any], route: Route, ids: dict[str, Any]) -> Any:
    """A body with the required fields alone; ids are taken by the name of their field."""
    if route.name in CHOSEN:
        return {name: _filled(value, ids) for name, value in CHOSEN[route.name].items()}
    operation = contract["paths"][route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _value(contract, schema, "", ids)


def _filled(value: Any, ids: dict[str, Any]) -> Any:
    return value.format(**ids) if isinstance(value, str) else value


def least_query(contract: dict[str, Any], route: Route, ids: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the query that have to be there."""
    operation = contract["paths"][route.path][route.method.lower()]
    return {
        one["name"]: _value(contract, one["schema"], one["name"], ids)
        for one in operation.get("parameters", [])
        if one["in"] == "query" and one.get("required")
    }


def _value(contract: dict[str, Any], schema: dict[str, Any], name: str, ids: dict[str, Any]) -> Any:
    while "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if name in ids:
        return str(ids[name])
    for chosen in ("anyOf", "oneOf", "allOf"):
        if chosen in schema:
            return _value(contract, schema[chosen][0], name, ids)
    for told in ("examples", "enum"):
        if schema.get(told):
            return schema[told][0]
    if "const" in schema:
        return schema["const"]
    return _of_type(contract, schema, name, ids)


def _of_type(
    contract: dict[str, Any], schema: dict[str, Any], name: str, ids: dict[str, Any]
) -> Any:
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            wanted = schema.get("required", [])
            return {one: _value(contract, fields[one], one, ids) for one in wanted}
        case "array":
            singular = name.removesuffix("s")
            return [_value(contract, schema.get("items", {}), singular, ids)]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
        case _:
            return "a" * schema.get("minLength", 1)
