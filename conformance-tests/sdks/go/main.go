// Command driver drives the AWS SDK for Go v2 with its default settings; the protocol stands in ../README.md.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The runner sends images in JSON, so lines are longer than bufio's default.
const longestLine = 64 << 20

type testCase struct {
	ID        string `json:"id"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Input     any    `json:"input"`
	Fresh     bool   `json:"fresh"`
}

// seen is what is noticed of a call on its way; it travels in the context.
type seen struct {
	attempts int
	status   int
	headers  object
}

type seenKey struct{}

func newClient(service string) any {
	endpoint, region := os.Getenv("CONFORMANCE_ENDPOINT"), os.Getenv("AWS_REGION")
	keys := credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
	watch := []func(*middleware.Stack) error{watchAttempts, watchAnswers}
	if service == "bedrock" {
		return bedrock.New(bedrock.Options{BaseEndpoint: &endpoint, Region: region, Credentials: keys, APIOptions: watch})
	}
	return bedrockruntime.New(bedrockruntime.Options{BaseEndpoint: &endpoint, Region: region, Credentials: keys, APIOptions: watch})
}

func watchAttempts(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("WatchAttempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			ctx.Value(seenKey{}).(*seen).attempts++
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}

func watchAnswers(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("WatchAnswers",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if response, ok := out.RawResponse.(*smithyhttp.Response); ok {
				watched := ctx.Value(seenKey{}).(*seen)
				watched.status = response.StatusCode
				watched.headers = object{}
				for name, values := range response.Header {
					watched.headers[strings.ToLower(name)] = strings.Join(values, ", ")
				}
			}
			return out, metadata, err
		}), middleware.After)
}

func answer(client any, test testCase) object {
	method := reflect.ValueOf(client).MethodByName(test.Operation)
	if !method.IsValid() {
		return object{"unsupported": "this version has no such operation"}
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := read(input.Elem(), test.Input); err != nil {
		return object{"broken": err.Error()}
	}
	watched := &seen{headers: object{}}
	ctx := context.WithValue(context.Background(), seenKey{}, watched)
	returned := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	err, _ := returned[1].Interface().(error)
	result := object{"ok": err == nil}
	if err == nil {
		result["output"] = show(returned[0])
		if stream := returned[0].MethodByName("GetStream"); stream.IsValid() {
			events, failed := drain(stream.Call(nil)[0])
			result["events"] = events
			err = failed
		}
	}
	if err != nil {
		result["ok"] = false
		delete(result, "output")
		result["error"] = failure(err, watched.status)
	}
	result["attempts"] = watched.attempts
	result["status"] = watched.status
	result["headers"] = watched.headers
	result["requestId"] = watched.headers["x-amzn-requestid"]
	return result
}

// drain reads a stream to its end and says how it ended.
func drain(stream reflect.Value) ([]any, error) {
	events := []any{}
	channel := stream.MethodByName("Events").Call(nil)[0]
	for {
		event, open := channel.Recv()
		if !open {
			break
		}
		events = append(events, show(event))
	}
	closing := stream.Interface().(interface {
		Err() error
		Close() error
	})
	err := closing.Err()
	return events, errors.Join(err, ignoreTwice(closing.Close(), err))
}

// ignoreTwice drops what Close says again.
func ignoreTwice(err, said error) error {
	if said != nil {
		return nil
	}
	return err
}

func failure(err error, status int) object {
	told := object{"code": fmt.Sprintf("%T", err), "message": err.Error(), "status": status, "typed": false}
	var api smithy.APIError
	if errors.As(err, &api) {
		_, generic := api.(*smithy.GenericAPIError)
		told["code"] = upperFirst(api.ErrorCode())
		told["message"] = api.ErrorMessage()
		told["typed"] = !generic
	}
	return told
}

func guarded(client any, test testCase) (result object) {
	defer func() {
		if fault := recover(); fault != nil {
			result = object{"broken": fmt.Sprintf("%v\n%s", fault, debug.Stack())}
		}
	}()
	return answer(client, test)
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if strings.HasSuffix(module.Path, "/service/bedrockruntime") {
			return "bedrockruntime " + module.Version
		}
	}
	return "unknown"
}

func main() {
	shared := map[string]any{"bedrock-runtime": newClient("bedrock-runtime"), "bedrock": newClient("bedrock")}
	var writing sync.Mutex
	say := func(members object) {
		line, err := json.Marshal(members)
		if err != nil {
			line, _ = json.Marshal(object{"id": members["id"], "broken": err.Error()})
		}
		writing.Lock()
		defer writing.Unlock()
		fmt.Println(string(line))
	}
	say(object{"sdk": "aws-sdk-go-v2", "version": version()})
	var running sync.WaitGroup
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var test testCase
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.UseNumber()
		if err := decoder.Decode(&test); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		client := shared[test.Service]
		if test.Fresh {
			client = newClient(test.Service)
		}
		running.Add(1)
		go func() {
			defer running.Done()
			result := guarded(client, test)
			result["id"] = test.ID
			say(result)
		}()
	}
	running.Wait()
}
