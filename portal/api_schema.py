"""What every operation of the API's schema says: its errors are problem details (RFC 9457)."""

from typing import Any

PROBLEM = {
    "type": "object",
    "description": "What went wrong.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "the status in words"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "for programs"},
        "detail": {"type": "string", "description": "for people"},
        "errors": {"description": "by field, what is wrong with it"},
        "current": {"type": "object", "description": "as it is now, where it has changed since"},
    },
}
CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def add_problem_details(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The schema with the content of each error, and with 4XX for those that any operation may answer."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for methods in result["paths"].values():
        for operation in methods.values():
            responses = operation["responses"]
            for status, response in responses.items():
                if status.startswith("4"):
                    response["content"] = CONTENT
            responses.setdefault("4XX", {"description": "Refused.", "content": CONTENT})
    return result
