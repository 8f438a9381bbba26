"""Runs items and batches of ImagePipeline from Python. Needs the package temporalio, and workers that run somewhere."""
import asyncio
import os
import sys
from datetime import datetime, timezone

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, CancelledError, WorkflowAlreadyStartedError

TASK_QUEUE = "imagepipeline"


async def start(client, workflow, workflow_id, argument):
    """Starts the workflow, or finds the one that has used the id: an id is never paid twice."""
    try:
        return await client.start_workflow(
            workflow,
            argument,
            id=workflow_id,
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        return client.get_workflow_handle(workflow_id)


async def run_item(client, item_id, request, operation="generate/image"):
    """Returns the report of an item, whatever its outcome."""
    handle = await start(client, "imagePipelineItem", item_id, {"operation": operation, "request": request})
    try:
        return await handle.result()
    except WorkflowFailureError as failure:
        cause = failure.cause
        if isinstance(cause, (ApplicationError, CancelledError)) and cause.details:
            return cause.details[0]  # its code is also the failure's type, for example MODEL_ERROR
        raise  # INPUT_INVALID before anything was sent, or a terminated workflow


async def run_batch(client, batch_id, rows, **settings):
    """Returns the final state of a batch of at most 250 rows."""
    handle = await start(client, "imagePipelineBatch", batch_id, {"rows": rows, **settings})
    return await handle.result()


async def main():
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    name = sys.argv[1] if len(sys.argv) > 1 else datetime.now(timezone.utc).strftime("python-%Y%m%d-%H%M%S")
    size = {"width": 64, "height": 64}
    report = await run_item(client, f"{name}-item", {"prompt": "a red bicycle", **size})
    print(report["outcome"], report["result"]["file"] if report["result"] else report["code"])
    rows = [{"key": colour, "request": {"prompt": f"a {colour} bicycle", **size}} for colour in ("red", "blue")]
    state = await run_batch(client, f"{name}-batch", rows, budget={"submissions": 10})
    print(state["state"], state["tally"]["counts"])


if __name__ == "__main__":
    asyncio.run(main())
    # While Python ends, a thread of the SDK may still need it, and Python 3.11 aborts (temporalio/sdk-python issue 300).
    sys.stdout.flush()
    os._exit(0)
