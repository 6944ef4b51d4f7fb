"""`/v1/blocks`: the block list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from otppi.app.v1.block_list import BlockList
from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.parameters import Signed, known_length
from otppi.intake.rest.v1.surrounding_bodies import BlockPage, BlockRecord, NewBlock

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.ports.store import BlockEntry

TAGS: Final = ["block list"]
_Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="The most rows of a page.")]
_Cursor = Annotated[str, QueryParameter(max_length=64, description="The `next` of the page before.")]
_Active = Annotated[bool | None, QueryParameter(description="Only blocked numbers (true) or unblocked ones (false).")]


def handlers(blocks: BlockList) -> list[HTTPRouteHandler]:
    """The paths of this subject."""

    @get(
        "/v1/blocks",
        operation_id="listBlocks",
        summary="List blocked numbers",
        description="The rows of the block list by number. Needs the right `block`.",
        tags=TAGS,
        responses=problems(403, 422),
    )
    async def list_blocks(
        caller: Signed, active: _Active = None, limit: _Limit = 100, cursor: _Cursor = ""
    ) -> BlockPage:
        page = await blocks.page(caller, after=cursor, limit=limit, active=active)
        return BlockPage(items=[_record(entry) for entry in page.items], next=page.next)

    @post(
        "/v1/blocks",
        operation_id="blockNumber",
        summary="Block a number",
        description="From now on nothing is sent to the number, and what waits for it is cancelled. Doing so twice is"
        " the same as once. Needs the right `block`.",
        tags=TAGS,
        responses=problems(400, 403, 413, 422),
    )
    async def block_number(caller: Signed, data: JSONBody[NewBlock]) -> BlockRecord:
        return _record(await blocks.put(caller, data.number, active=True))

    @post(
        "/v1/blocks/unblock",
        operation_id="unblockNumber",
        summary="Unblock a number",
        description="Messages may be sent to the number again; its row stays, inactive. Needs the right `block`.",
        status_code=200,
        tags=TAGS,
        responses=problems(400, 403, 413, 422),
    )
    async def unblock_number(caller: Signed, data: JSONBody[NewBlock]) -> BlockRecord:
        return _record(await blocks.put(caller, data.number, active=False))

    @delete(
        "/v1/blocks/{number:str}",
        operation_id="removeBlock",
        summary="Remove a row of the block list",
        description="Deletes the row of an international number, with or without `+`. Needs the right `block`.",
        tags=TAGS,
        responses=problems(403, 404),
    )
    async def remove_block(caller: Signed, number: FromPath[str]) -> None:
        await blocks.remove(caller, known_length(number))

    return [list_blocks, block_number, unblock_number, remove_block]


def _record(entry: BlockEntry) -> BlockRecord:
    return BlockRecord(number=f"+{entry.msisdn}", active=entry.active, changed=entry.changed, by=entry.by)
