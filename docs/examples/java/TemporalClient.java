import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.util.List;
import java.util.Map;

/** Runs an item and a batch of ImagePipeline from Java. Needs io.temporal:temporal-sdk, and workers that run somewhere. */
public class TemporalClient {
  private static final String TASK_QUEUE = "imagepipeline";

  private final WorkflowClient client;

  TemporalClient(WorkflowClient client) {
    this.client = client;
  }

  /** Starts the workflow, or finds the one that has used the id: an id is never paid twice. */
  WorkflowStub start(String workflow, String id, Map<String, ?> input) {
    WorkflowOptions options =
        WorkflowOptions.newBuilder()
            .setWorkflowId(id)
            .setTaskQueue(TASK_QUEUE)
            .setWorkflowIdReusePolicy(WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
            .setMemo(Map.of("operation", "generate/image"))
            .build();
    WorkflowStub stub = client.newUntypedWorkflowStub(workflow, options);
    try {
      stub.start(input);
      return stub;
    } catch (WorkflowExecutionAlreadyStarted taken) {
      return client.newUntypedWorkflowStub(id);
    }
  }

  /** Returns the report of an item, whatever its outcome. Its code is also the type of the failure. */
  Map<?, ?> runItem(String id, Map<String, ?> input) {
    try {
      return start("imagePipelineItem", id, input).getResult(Map.class);
    } catch (WorkflowFailedException failed) {
      if (failed.getCause() instanceof ApplicationFailure) {
        ApplicationFailure failure = (ApplicationFailure) failed.getCause();
        if (failure.getDetails().getSize() > 0) return failure.getDetails().get(0, Map.class);
      }
      if (failed.getCause() instanceof CanceledFailure) {
        CanceledFailure failure = (CanceledFailure) failed.getCause();
        if (failure.getDetails().getSize() > 0) return failure.getDetails().get(0, Map.class);
      }
      throw failed; // INPUT_INVALID before anything was sent, or a terminated workflow
    }
  }

  static Map<String, ?> request(String prompt) {
    return Map.of("prompt", prompt, "width", 64, "height", 64);
  }

  public static void main(String[] arguments) throws InterruptedException {
    String name = arguments[0];
    WorkflowServiceStubsOptions target =
        WorkflowServiceStubsOptions.newBuilder().setTarget(System.getenv("TEMPORAL_ADDRESS")).build();
    WorkflowClientOptions options =
        WorkflowClientOptions.newBuilder().setNamespace(System.getenv("TEMPORAL_NAMESPACE")).build();
    WorkflowServiceStubs service = WorkflowServiceStubs.newServiceStubs(target);
    TemporalClient images = new TemporalClient(WorkflowClient.newInstance(service, options));

    Map<?, ?> ended = images.runItem(name + "-item", Map.of("request", request("a red bicycle")));
    System.out.println("item " + ended.get("outcome") + " " + ((Map<?, ?>) ended.get("result")).get("file"));

    ended = images.runItem(name + "-failed", Map.of("request", request("a bicycle {{INPUT_INVALID}}")));
    System.out.println("failed " + ended.get("outcome") + " " + ended.get("code"));

    try {
      images.runItem(name + "-bad", Map.of("operation", "generate/picture"));
    } catch (WorkflowFailedException failed) {
      ApplicationFailure failure = (ApplicationFailure) failed.getCause();
      System.out.println("refused " + failure.getType() + " " + failure.isNonRetryable());
    }

    Map<String, ?> slow = Map.of("request", request("a slow one"));
    WorkflowStub item = images.start("imagePipelineItem", name + "-slow", slow);
    while (item.query("itemProgress", Map.class).get("jobId") == null) Thread.sleep(100);
    item.cancel();
    System.out.println("cancelled " + images.runItem(name + "-slow", slow).get("outcome"));

    List<Map<String, ?>> rows =
        List.of(
            Map.of("key", "red", "request", request("a red bicycle")),
            Map.of("key", "blue", "request", request("a slow one")));
    WorkflowStub batch =
        images.start("imagePipelineBatch", name + "-batch", Map.of("rows", rows, "budget", Map.of("submissions", 10)));
    Map<?, ?> state = batch.update("set", Map.class, Map.of("concurrency", 2));
    System.out.println("set " + state.get("concurrency"));
    state = batch.getResult(Map.class);
    Map<?, ?> counts = (Map<?, ?>) ((Map<?, ?>) state.get("tally")).get("counts");
    System.out.println("batch " + state.get("state") + " " + counts.get("succeeded"));
    service.shutdown();
  }
}
