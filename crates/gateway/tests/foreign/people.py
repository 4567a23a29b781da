"""The people: Strawberry on uvicorn, with camel-cased names, an enum, a list by keys and a user who cannot be read."""

import asyncio
import json
import os
import socket
import sys
import threading
from enum import Enum

import strawberry
import uvicorn
from strawberry.asgi import GraphQL


@strawberry.enum
class Style(Enum):
    SHORT = "short"
    LONG = "long"


@strawberry.type(description="Somebody with an account.")
class User:
    id: int
    name: str
    company_id: strawberry.ID | None

    @strawberry.field
    def greeting(self, style: Style = Style.SHORT) -> str:
        return f"Hi {self.name}" if style is Style.SHORT else f"Good morning, dear {self.name}"


USERS = {
    1: User(id=1, name="Alice", company_id=strawberry.ID("c1")),
    2: User(id=2, name="Bob", company_id=strawberry.ID("c1")),
    3: User(id=3, name="Carol", company_id=strawberry.ID("c9")),
    4: User(id=4, name="Dan", company_id=None),
}


@strawberry.type
class Query:
    @strawberry.field
    def user(self, id: int) -> User | None:
        if id == 13:
            raise ValueError("user 13 is locked")
        return USERS.get(id)

    @strawberry.field
    def users(self, ids: list[int]) -> list[User]:
        return [USERS[id] for id in sorted(ids, reverse=True) if id in USERS]


class LoggedGraphQL(GraphQL):
    """Prints each operation before it is executed."""

    async def parse_http_body(self, request):
        data = await super().parse_http_body(request)
        print("operation " + json.dumps(data.query), flush=True)
        return data


def end_with_the_test() -> None:
    """The test holds the other end: when it is gone, so is this server."""
    sys.stdin.read()
    os._exit(0)


async def main() -> None:
    threading.Thread(target=end_with_the_test, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    app = LoggedGraphQL(strawberry.Schema(query=Query), graphql_ide=None)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    print(f"listening http://127.0.0.1:{listener.getsockname()[1]}/graphql", flush=True)
    await server.serve(sockets=[listener])


asyncio.run(main())
