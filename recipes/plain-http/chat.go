// Asks @{title} with Go's own HTTP client, first for the whole answer, then as a stream. Run: go run chat.go
package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

var client = &http.Client{Timeout: 300 * time.Second}

func ask(body string) io.ReadCloser {
	request, err := http.NewRequest("POST", "@{base}/chat/completions", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("@{key_variable}"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		panic(err)
	}
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		fmt.Fprintln(os.Stderr, answer.StatusCode, string(said))
		os.Exit(1)
	}
	return answer.Body
}

func main() {
	question := `"model": "@{model}", "messages": [{"role": "user", "content": "Count to 5"}]`

	whole := ask("{" + question + "}")
	defer whole.Close()
	io.Copy(os.Stdout, whole)
	fmt.Println()

	stream := ask("{" + question + `, "stream": true}`)
	defer stream.Close()
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 16<<20) // a line may be longer than the scanner's 64 KB
	for lines.Scan() {
		if data, found := strings.CutPrefix(lines.Text(), "data: "); found {
			fmt.Println(data) // the last one is [DONE]
		}
	}
}
