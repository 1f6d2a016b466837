import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.awscore.AwsRequest;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.bedrock.BedrockAsyncClient;
import software.amazon.awssdk.services.bedrock.BedrockClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeClient;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.InvokeModelWithResponseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.InvokeModelWithResponseStreamResponseHandler;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** Drives the AWS SDK for Java v2, sync or async, with its default settings; the protocol stands in ../README.md. */
public final class Driver {
    private static final ExecutionAttribute<Seen> SEEN = new ExecutionAttribute<>("Seen");
    private static final String MODELS = "software.amazon.awssdk.services.%s.model.%sRequest";

    /** What is noticed of a call on its way. */
    private static final class Seen {
        int attempts;
        Integer status;
        Map<String, Object> headers = new LinkedHashMap<>();
        List<Object> events;
    }

    private static final class Watch implements ExecutionInterceptor {
        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            attributes.getAttribute(SEEN).attempts++;
        }

        @Override
        public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
            Seen seen = attributes.getAttribute(SEEN);
            seen.status = context.httpResponse().statusCode();
            Map<String, Object> headers = new LinkedHashMap<>();
            context.httpResponse().forEachHeader((name, values) -> headers.put(name.toLowerCase(), String.join(", ", values)));
            seen.headers = headers;
        }
    }

    private final boolean async;
    private final Map<String, SdkAutoCloseable> shared = new LinkedHashMap<>();

    private Driver(boolean async) {
        this.async = async;
        for (String service : List.of("bedrock-runtime", "bedrock")) {
            shared.put(service, client(service));
        }
    }

    private SdkAutoCloseable client(String service) {
        if (service.equals("bedrock")) {
            return async ? set(BedrockAsyncClient.builder()).build() : set(BedrockClient.builder()).build();
        }
        return async ? set(BedrockRuntimeAsyncClient.builder()).build() : set(BedrockRuntimeClient.builder()).build();
    }

    private static <B extends AwsClientBuilder<B, C>, C> B set(B builder) {
        return builder.endpointOverride(URI.create(System.getenv("CONFORMANCE_ENDPOINT")))
                .overrideConfiguration(settings -> settings.addExecutionInterceptor(new Watch()));
    }

    private Map<String, Object> answer(JsonNode test) {
        String service = text(test, "service");
        boolean fresh = test.field("fresh").map(JsonNode::asBoolean).orElse(false);
        SdkAutoCloseable client = fresh ? client(service) : shared.get(service);
        try {
            return call(client, service, text(test, "operation"), test.field("input").get());
        } finally {
            if (fresh) {
                client.close();
            }
        }
    }

    private Map<String, Object> call(SdkAutoCloseable client, String service, String operation, JsonNode input) {
        Seen seen = new Seen();
        Map<String, Object> result = new LinkedHashMap<>();
        AwsRequest request;
        try {
            request = request(service, operation, input, seen);
        } catch (ClassNotFoundException missing) {
            return Map.of("unsupported", "this version has no such operation");
        } catch (UnsupportedOperationException missing) {
            return Map.of("unsupported", missing.getMessage());
        } catch (ReflectiveOperationException fault) {
            throw new IllegalStateException(fault);
        }
        try {
            Object answer = send(client, request, operation, seen);
            result.put("ok", true);
            result.put("output", answer == null ? new LinkedHashMap<>() : Values.show(answer));
            if (answer instanceof AwsResponse response) {
                result.put("requestId", response.responseMetadata().requestId());
            }
        } catch (NoSuchMethodException missing) {
            return Map.of("unsupported", "the sync client has no streaming operations");
        } catch (Throwable thrown) {
            result.put("ok", false);
            result.put("error", failure(cause(thrown), seen));
        }
        if (seen.events != null) {
            result.put("events", seen.events);
        }
        result.put("attempts", seen.attempts);
        result.put("status", seen.status);
        result.put("headers", seen.headers);
        result.putIfAbsent("requestId", seen.headers.get("x-amzn-requestid"));
        return result;
    }

    private static AwsRequest request(String service, String operation, JsonNode input, Seen seen) throws ReflectiveOperationException {
        Class<?> type = Class.forName(String.format(MODELS, service.replace("-", ""), operation));
        AwsRequest.Builder builder = (AwsRequest.Builder) type.getMethod("builder").invoke(null);
        Values.fill((SdkPojo) builder, input);
        return builder.overrideConfiguration(AwsRequestOverrideConfiguration.builder().putExecutionAttribute(SEEN, seen).build()).build();
    }

    private Object send(SdkAutoCloseable client, AwsRequest request, String operation, Seen seen) throws Exception {
        if (client instanceof BedrockRuntimeAsyncClient streaming && request instanceof ConverseStreamRequest converse) {
            // A broken stream is sent again by the SDK, and its handler then hears a second answer: only the last counts.
            streaming.converseStream(converse, ConverseStreamResponseHandler.builder()
                    .onResponse(response -> seen.events = new ArrayList<>())
                    .subscriber(event -> seen.events.add(event(event.sdkEventType().toString(), event)))
                    .build()).get();
            return null;
        }
        if (client instanceof BedrockRuntimeAsyncClient streaming && request instanceof InvokeModelWithResponseStreamRequest invoke) {
            Object[] answer = new Object[1];
            streaming.invokeModelWithResponseStream(invoke, InvokeModelWithResponseStreamResponseHandler.builder()
                    .onResponse(response -> {
                        answer[0] = response;
                        seen.events = new ArrayList<>();
                    })
                    .subscriber(event -> seen.events.add(event(event.sdkEventType().toString(), event)))
                    .build()).get();
            return answer[0];
        }
        Method method = clientInterface(client).getMethod(Values.lowerFirst(operation), request.getClass());
        Object answer = method.invoke(client, request);
        return answer instanceof CompletableFuture<?> future ? future.get() : answer;
    }

    private static Class<?> clientInterface(Object client) {
        for (Class<?> type : List.of(BedrockRuntimeClient.class, BedrockRuntimeAsyncClient.class, BedrockClient.class, BedrockAsyncClient.class)) {
            if (type.isInstance(client)) {
                return type;
            }
        }
        throw new IllegalStateException("no such client");
    }

    private static Map<String, Object> event(String name, SdkPojo event) {
        Map<String, Object> member = new LinkedHashMap<>();
        member.put(name, Values.show(event));
        return member;
    }

    private static Throwable cause(Throwable thrown) {
        while ((thrown instanceof InvocationTargetException || thrown instanceof ExecutionException || thrown instanceof CompletionException)
                && thrown.getCause() != null) {
            thrown = thrown.getCause();
        }
        return thrown;
    }

    private static Map<String, Object> failure(Throwable thrown, Seen seen) {
        Map<String, Object> told = new LinkedHashMap<>();
        if (thrown instanceof AwsServiceException raised && raised.awsErrorDetails() != null) {
            String code = Values.upperFirst(raised.awsErrorDetails().errorCode());
            told.put("code", code);
            told.put("message", raised.awsErrorDetails().errorMessage());
            told.put("status", raised.statusCode());
            told.put("typed", raised.getClass().getSimpleName().equals(code));
        } else {
            told.put("code", thrown.getClass().getSimpleName());
            told.put("message", String.valueOf(thrown.getMessage()));
            told.put("status", seen.status);
            told.put("typed", false);
        }
        return told;
    }

    private static String text(JsonNode node, String name) {
        return node.field(name).map(JsonNode::asString).orElse("");
    }

    private static synchronized void say(Map<String, Object> members) {
        StringBuilder line = new StringBuilder();
        Values.write(members, line);
        System.out.println(line);
    }

    public static void main(String[] arguments) throws Exception {
        boolean async = arguments.length > 0 && arguments[0].equals("async");
        Driver driver = new Driver(async);
        Map<String, Object> greeting = new LinkedHashMap<>();
        greeting.put("sdk", async ? "aws-sdk-java (Netty)" : "aws-sdk-java (Apache)");
        greeting.put("version", VersionInfo.SDK_VERSION);
        say(greeting);
        ExecutorService pool = Executors.newCachedThreadPool();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode test = JsonNode.parser().parse(line);
            pool.execute(() -> {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("id", text(test, "id"));
                try {
                    result.putAll(driver.answer(test));
                } catch (Throwable fault) {
                    StringWriter trace = new StringWriter();
                    fault.printStackTrace(new PrintWriter(trace));
                    result.put("broken", trace.toString());
                }
                say(result);
            });
        }
        pool.shutdown();
        System.exit(0);
    }
}
