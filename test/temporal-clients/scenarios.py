"""What callers in Python do, one line of JSON for each step. Its argument is the folder of docs/examples."""
import asyncio
import json
import os
import sys

sys.path.insert(0, sys.argv[1])

from temporal_client import TASK_QUEUE, run_batch, run_item, start
from temporalio.client import Client, WorkflowFailureError

SIZE = {"width": 64, "height": 64}


def show(step, value):
    print(json.dumps({"step": step, "value": value}), flush=True)


async def show_failure(step, handle):
    try:
        await handle.result()
    except WorkflowFailureError as failure:
        cause = failure.cause
        show(step, {"kind": type(cause).__name__, "type": getattr(cause, "type", None), "message": str(cause),
                    "isRetryable": not getattr(cause, "non_retryable", True), "details": list(cause.details)})


async def main():
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=os.environ["TEMPORAL_NAMESPACE"])
    first = await run_item(client, "py-item", {"prompt": "a red bicycle", **SIZE})
    show("item", first)
    show("same id", await run_item(client, "py-item", {"prompt": "a red bicycle", **SIZE}))
    show("later step", await run_item(client, "py-large", {"input_image": "item:py-item", "scale": 2}, "upscale/image"))
    failing = {"prompt": "a {{INPUT_INVALID}}", **SIZE}
    show("failed report", await run_item(client, "py-refused", failing))
    await show_failure("failure", client.get_workflow_handle("py-refused"))
    wrong = {"request": ["a list"], "operation": "generate/picture", "widht": 5}
    await show_failure("bad item", await start(client, "imagePipelineItem", "py-wrong", wrong))
    waiting = await start(client, "imagePipelineItem", "py-slow", {"request": {"prompt": "a slow one", **SIZE}})
    progress = await waiting.query("itemProgress")
    while progress["jobId"] is None:
        await asyncio.sleep(0.1)
        progress = await waiting.query("itemProgress")
    show("progress", progress)
    await waiting.cancel()
    show("cancelled report", await run_item(client, "py-slow", {}))

    rows = [{"key": f"row-{number}", "request": {"prompt": f"bicycle {number}", **SIZE}} for number in range(3)]
    rows.append({"key": "cut", "operation": "background/remove/image", "request": {"input_image": "item:py-item"}})
    show("batch", await run_batch(client, "py-batch", rows, budget={"submissions": 10}, concurrency=2))
    slow = [{"key": f"slow-{number}", "request": {"prompt": f"a slow one {number}", **SIZE}} for number in range(4)]
    handle = await start(client, "imagePipelineBatch", "py-slow-batch", {"rows": slow, "concurrency": 1})
    show("paused", await handle.execute_update("pause", "for lunch"))
    show("state", await handle.query("batchState"))
    show("changed", await handle.execute_update("set", {"concurrency": 2}))
    show("cancelled", await handle.execute_update("cancel"))
    show("cancelled batch", await handle.result())
    twice = [{"key": "a", "request": {}}, {"key": "A", "request": {}}, {"key": "../b", "request": 5}]
    bad = {"rows": twice, "budget": {"submission": 5}, "prices": {"generate/imag": 1}}
    await show_failure("bad batch", await start(client, "imagePipelineBatch", "py-bad-batch", bad))


asyncio.run(main())
os._exit(0)  # As in the example; every line above is flushed.
