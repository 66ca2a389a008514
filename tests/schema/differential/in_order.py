"""graphql-core, made to wait for one thing after the other.

It runs asynchronous resolvers at the same time, so that which of two failures it reports, and in which order, is a
matter of chance. In order, there is one answer: that of the same resolvers if nobody had to wait.
"""

from typing import Any

from graphql import Undefined
from graphql.execution.executor import Executor
from graphql.pyutils import Path


class InOrder(Executor[Any]):
    """Executes fields, and the items of lists, one after the other."""

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, context: Any
    ) -> Any:
        async def one_by_one() -> dict[str, Any]:
            results: dict[str, Any] = {}
            for key, details in grouped_field_set.items():
                result = self.execute_field(
                    parent_type, source_value, details, Path(path, key, parent_type.name), context
                )
                if self.is_awaitable(result):
                    result = await result
                if result is not Undefined:
                    results[key] = result
            return results

        return one_by_one()

    def complete_iterable_value(
        self, item_type: Any, field_details_list: Any, info: Any, path: Any, items: Any, context: Any
    ) -> Any:
        async def one_by_one() -> list[Any]:
            completed: list[Any] = []
            for index, item in enumerate(items):
                place = path.add_key(index, None)
                if self.complete_list_item_value(item, completed, item_type, field_details_list, info, place, context):
                    completed[index] = await completed[index]
            return completed

        return one_by_one()
