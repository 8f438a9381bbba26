// Runs an item and a batch of ImagePipeline from Go. Needs go.temporal.io/sdk, and workers that run somewhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

const taskQueue = "imagepipeline"

type itemInput struct {
	Operation string         `json:"operation,omitempty"`
	Request   map[string]any `json:"request"`
}

type row struct {
	Key     string         `json:"key"`
	Request map[string]any `json:"request"`
}

type budget struct {
	Submissions int `json:"submissions,omitempty"`
}

type batchInput struct {
	Rows   []row  `json:"rows"`
	Budget budget `json:"budget"`
}

// Change of a running batch; absent fields do not change.
type batchChange struct {
	Concurrency int `json:"concurrency,omitempty"`
}

type report struct {
	Outcome string  `json:"outcome"`
	Code    *string `json:"code"`
	Result  *struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	} `json:"result"`
}

type batchState struct {
	State string `json:"state"`
	Tally struct {
		Counts map[string]int `json:"counts"`
	} `json:"tally"`
	Concurrency *int `json:"concurrency"`
}

// Starts the workflow, or finds the one that has used the id: an id is never paid twice.
func start(ctx context.Context, c client.Client, workflow, id string, input any) (client.WorkflowRun, error) {
	options := client.StartWorkflowOptions{
		ID:                       id,
		TaskQueue:                taskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		Memo:                     map[string]any{"operation": "generate/image"},
	}
	run, err := c.ExecuteWorkflow(ctx, options, workflow, input)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return c.GetWorkflow(ctx, id, ""), nil
	}
	return run, err
}

// Returns the report of an item, whatever its outcome. Its code is also the type of the failure, for example MODEL_ERROR.
func runItem(ctx context.Context, c client.Client, id string, input itemInput) (report, error) {
	var ended report
	run, err := start(ctx, c, "imagePipelineItem", id, input)
	if err != nil {
		return ended, err
	}
	err = run.Get(ctx, &ended)
	var failure *temporal.ApplicationError
	var canceled *temporal.CanceledError
	switch {
	case errors.As(err, &failure) && failure.HasDetails():
		return ended, failure.Details(&ended)
	case errors.As(err, &canceled) && canceled.HasDetails():
		return ended, canceled.Details(&ended)
	}
	return ended, err // INPUT_INVALID before anything was sent, or a terminated workflow
}

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, name string) error {
	c, err := client.Dial(client.Options{
		HostPort:  os.Getenv("TEMPORAL_ADDRESS"),
		Namespace: os.Getenv("TEMPORAL_NAMESPACE"),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	request := func(prompt string) map[string]any {
		return map[string]any{"prompt": prompt, "width": 64, "height": 64}
	}

	ended, err := runItem(ctx, c, name+"-item", itemInput{Request: request("a red bicycle")})
	if err != nil {
		return err
	}
	fmt.Println("item", ended.Outcome, ended.Result.File)

	ended, err = runItem(ctx, c, name+"-failed", itemInput{Request: request("a bicycle {{INPUT_INVALID}}")})
	if err != nil {
		return err
	}
	fmt.Println("failed", ended.Outcome, *ended.Code)

	_, err = runItem(ctx, c, name+"-bad", itemInput{Operation: "generate/picture"})
	var refused *temporal.ApplicationError
	if !errors.As(err, &refused) {
		return fmt.Errorf("expected a refusal, not %w", err)
	}
	fmt.Println("refused", refused.Type(), refused.NonRetryable())

	slow, err := start(ctx, c, "imagePipelineItem", name+"-slow", itemInput{Request: request("a slow one")})
	if err != nil {
		return err
	}
	var progress struct {
		JobID *string `json:"jobId"`
	}
	for progress.JobID == nil {
		time.Sleep(100 * time.Millisecond)
		answer, err := c.QueryWorkflow(ctx, slow.GetID(), "", "itemProgress")
		if err != nil {
			return err
		}
		if err := answer.Get(&progress); err != nil {
			return err
		}
	}
	if err := c.CancelWorkflow(ctx, slow.GetID(), ""); err != nil {
		return err
	}
	ended, err = runItem(ctx, c, slow.GetID(), itemInput{Request: request("a slow one")})
	if err != nil {
		return err
	}
	fmt.Println("cancelled", ended.Outcome)

	rows := []row{{"red", request("a red bicycle")}, {"blue", request("a slow one")}}
	batch, err := start(ctx, c, "imagePipelineBatch", name+"-batch", batchInput{rows, budget{10}})
	if err != nil {
		return err
	}
	update, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   batch.GetID(),
		UpdateName:   "set",
		Args:         []any{batchChange{Concurrency: 2}},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return err
	}
	var state batchState
	if err := update.Get(ctx, &state); err != nil {
		return err
	}
	fmt.Println("set", *state.Concurrency)
	if err := batch.Get(ctx, &state); err != nil {
		return err
	}
	fmt.Println("batch", state.State, state.Tally.Counts["succeeded"])
	return nil
}
